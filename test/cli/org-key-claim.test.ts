import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ask } from '../support/api.ts';
import { TestIssuer } from '../support/issuer.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere, type Ended } from './command-line.ts';

let world: World;
let cert: Party;
let host: Party;
const nowhere = mkdtempSync(path.join(tmpdir(), 'tocsin-cli-'));

beforeAll(async () => {
  world = await createWorld();
  cert = await world.cert();
  host = await world.provider();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(nowhere, { recursive: true });
});

const run = (party: { key: string }, ...words: string[]): Promise<Ended> =>
  runHere(words, { TOCSIN_URL: world.hub.url, TOCSIN_KEY: party.key, TOCSIN_FOLDER: nowhere });

/** What a command prints with --json. */
async function json(party: { key: string }, ...words: string[]) {
  const { stdout, stderr, exit } = await run(party, ...words, '--json');
  if (stderr !== '') throw new Error(stderr);
  return { ...JSON.parse(stdout), exit };
}

const whoIs = async (key: string): Promise<string | null> =>
  (await ask(world.hub.url, key, '{ viewer { organisation { name } } }')).data?.viewer.organisation.name ?? null;

describe('tocsin org', () => {
  it('registers an organisation with several roles, and prints a key that works', async () => {
    const made = await json(world.operator, 'org', 'create', 'Velmora', '--role', 'vendor', '--role', 'CERT');
    expect(made).toMatchObject({ name: 'Velmora', roles: ['VENDOR', 'CERT'], state: 'ACTIVE', exit: 0 });
    expect(await whoIs(made.apiKey)).toBe('Velmora');
  });

  it('gives a vendor its coordinator', async () => {
    const made = await json(world.operator, 'org', 'create', 'A vendor', '--role', 'VENDOR', '--coordinator', cert.id);
    const [row] = await world.database.admin<{ name: string }>(
      'SELECT c.name FROM organisation v JOIN organisation c ON c.id = v.coordinator_id WHERE v.name = $1',
      [made.name],
    );
    expect(row?.name).toBe(cert.name);
  });

  it('lists to each what it may see, over as many pages as there are', async () => {
    await Promise.all(Array.from({ length: 101 }, () => world.organisation(['VENDOR'], cert)));
    const { organisations } = await json(world.operator, 'org', 'list');
    expect(organisations.length).toBeGreaterThan(102);
    const seen = (await json(host, 'org', 'list')).organisations.map(({ name }: { name: string }) => name);
    expect(seen).toContain(host.name);
    expect(seen).not.toContain('A vendor');
  });

  it('lets somebody join for an organisation that the hub had made', async () => {
    const vendor = await world.vendor(cert);
    await vendor.submits([{ value: 'joining.example', hosting: { registrarIanaId: 4999 } }]);
    await world.settled();
    const { organisations } = await json(world.operator, 'org', 'list');
    const { id } = organisations.find(({ state }: { state: string }) => state === 'UNCLAIMED');
    const made = await json(world.operator, 'org', 'create', 'Joined', '--role', 'PROVIDER', '--unclaimed', id);
    expect(made).toMatchObject({ id, name: 'Joined', state: 'ACTIVE' });
    expect(await whoIs(made.apiKey)).toBe('Joined');
  });

  it('suspends an organisation, whose keys are refused from then on', async () => {
    const made = await json(world.operator, 'org', 'create', 'Soon gone', '--role', 'PROVIDER');
    expect(await json(world.operator, 'org', 'suspend', made.id)).toMatchObject({ state: 'SUSPENDED' });
    const asked = await run({ key: made.apiKey }, 'org', 'list');
    expect(asked).toEqual({ stdout: '', stderr: 'tocsin: The key is unknown, expired or revoked.\n', exit: 4 });
  });

  it('reinstates an organisation, whose keys open again', async () => {
    const made = await json(world.operator, 'org', 'create', 'Away for a while', '--role', 'PROVIDER');
    expect(await run(world.operator, 'org', 'reinstate', made.id)).toMatchObject({ stdout: '', exit: 1 });
    await json(world.operator, 'org', 'suspend', made.id);
    const { stdout } = await run(world.operator, 'org', 'reinstate', made.id);
    expect(stdout).toBe('Away for a while is ACTIVE.\n');
    expect(await whoIs(made.apiKey)).toBe('Away for a while');
  });

  it('is for operators alone where it changes anything', async () => {
    const asked = await run(host, 'org', 'create', 'Mine', '--role', 'VENDOR');
    expect(asked).toMatchObject({ stdout: '', exit: 4 });
    expect(asked.stderr).toMatch(/^tocsin: .*hub:operate.*\n$/);
    expect(await run(world.operator, 'org', 'suspend', host.id.slice(1))).toMatchObject({ stdout: '', exit: 1 });
  });
});

describe('tocsin key', () => {
  it('issues a key that may do what it says and no more, lists it, and revokes it', async () => {
    const made = await json(host, 'key', 'create', 'reader', '--permission', 'events:read', '--expires', '2199-01-31');
    expect(made).toMatchObject({ permissions: ['EVENTS_READ'], expiresAt: '2199-01-31T00:00:00.000Z' });
    expect(await run({ key: made.apiKey }, 'key', 'list')).toMatchObject({ exit: 4 });

    const { stdout } = await run(host, 'key', 'list');
    const line = stdout.split('\n').find((each) => each.startsWith(made.id));
    expect(line).toMatch(/ valid until 2199-01-31T00:00:00\.000Z .* everywhere +EVENTS_READ +key +reader$/);
    expect(stdout).not.toContain(made.apiKey);

    expect(await json(host, 'key', 'revoke', made.id)).toMatchObject({ revoked: true });
    expect((await run(host, 'key', 'list')).stdout).toMatch(new RegExp(`${made.id}  revoked 2`));
  });

  it('replaces a key: both open for a while, or the new one alone from now on', async () => {
    const made = await json(host, 'key', 'create', 'robot', '--permission', 'events:read');
    const rotated = await json(host, 'key', 'rotate', made.id);
    expect(rotated).toMatchObject({ id: made.id, exit: 0 });
    expect([await whoIs(made.apiKey), await whoIs(rotated.apiKey)]).toEqual([host.name, host.name]);
    const { stdout } = await run(host, 'key', 'rotate', made.id, '--old-until', 'now');
    const [key = ''] = /tocsin_[\w-]+/.exec(stdout) ?? [];
    expect(await whoIs(key)).toBe(host.name);
    expect(await run(host, 'key', 'rotate', made.id, '--old-until', 'soon')).toMatchObject({ stdout: '', exit: 2 });
    expect(await run(host, 'key', 'rotate', made.id, '--old-until', '2199-01-31')).toMatchObject({
      stdout: '',
      exit: 2,
    });
  });

  it("links an issuer's client by a token from a file, lists it, and revokes it", async () => {
    const issuer = await TestIssuer.start('machine');
    const { accessTokens: tokens } = world.hub.app;
    tokens.trust(issuer.url);
    const token = issuer.sign({ ...(await issuer.claims('machine')), aud: tokens.audience });
    const file = path.join(nowhere, 'token');
    writeFileSync(file, `${token}\n`);
    const words = ['key', 'link', 'SIEM', '--permission', 'events:read', '--token-file'];
    const made = await json(host, ...words, file);
    expect(await whoIs(token)).toBe(host.name);
    expect((await run(host, 'key', 'list')).stdout).toContain(`tokens of machine at ${issuer.url}  SIEM`);
    expect(await run(host, ...words, file)).toMatchObject({ stdout: '', exit: 1 });
    expect(await run(host, ...words, path.join(nowhere, 'none'))).toMatchObject({ stdout: '', exit: 2 });
    expect(await run(host, 'key', 'rotate', made.id)).toMatchObject({ stdout: '', exit: 1 });
    expect(await json(host, 'key', 'revoke', made.id)).toMatchObject({ revoked: true });
    await issuer.stop();
  });

  it('says what the organisation cannot grant, and what is no permission or no instant', async () => {
    const create = (...words: string[]) => run(host, 'key', 'create', 'x', ...words);
    expect(await create('--permission', 'hub:operate')).toMatchObject({
      ...{ stdout: '', stderr: 'tocsin: permissions: Your organisation cannot grant: hub:operate.\n', exit: 4 },
    });
    expect(await create('--permission', 'everything')).toMatchObject({ stdout: '', exit: 2 });
    expect(await create('--permission', 'desk', '--expires', '2199-02-30')).toMatchObject({ stdout: '', exit: 2 });
    expect(await create('--permission', 'desk', '--expires', '2020-01-01')).toMatchObject({
      ...{ stderr: 'tocsin: --expires lies in the past.\n', exit: 2 },
    });
  });
});

describe('tocsin claim', () => {
  it('claims name by name: what is refused says why, costs no other, and is an exit code', async () => {
    const { results, refused, exit } = await json(
      host,
      ...['claim', 'add', 'hostavia.example', 'co.uk', 'customer.example', '--role', 'host'],
    );
    expect({ refused, exit }).toEqual({ refused: 1, exit: 1 });
    expect(results).toMatchObject([
      { asked: 'hostavia.example', claim: { value: 'hostavia.example', role: 'HOST', state: 'PENDING' }, error: null },
      { asked: 'co.uk', claim: null, error: { code: 'PUBLIC_SUFFIX' } },
      { asked: 'customer.example', claim: { state: 'PENDING' }, error: null },
    ]);
  });

  it('claims assets of every kind, and lets them go', async () => {
    const provider = await world.provider();
    const add = (...words: string[]) => json(provider, 'claim', 'add', ...words);
    const network = await add('192.0.2.0/24', 'AS0', '--kind', 'ip-prefix', '--role', 'network');
    expect(network).toMatchObject({
      results: [
        { claim: { kind: 'IP_PREFIX', value: '192.0.2.0/24', role: 'NETWORK' } },
        { error: { code: 'BAD_INPUT' } },
      ],
      refused: 1,
    });
    const handle = await add('some-one', '--kind', 'REGISTRAR_HANDLE', '--tld', 'fr', '--role', 'REGISTRAR');
    expect(handle.results).toMatchObject([{ claim: { value: 'fr/SOME-ONE' } }]);
    const { id } = network.results[0].claim;
    expect(await json(provider, 'claim', 'release', id)).toMatchObject({ results: [{ claim: { state: 'RELEASED' } }] });
    expect(await run(provider, 'claim', 'release', id)).toMatchObject({ exit: 1 });
    expect((await run(provider, 'claim', 'list', '--state', 'released')).stdout).toContain('IP_PREFIX');
    expect(await run(provider, 'claim', 'add', 'x', '--kind', 'CAR', '--role', 'HOST')).toMatchObject({ exit: 2 });
  });

  it('settles disputes, and ends what was approved', async () => {
    const provider = await world.provider();
    const [claim] = await world.verifies(provider, [{ role: 'HOST', domainSuffix: 'settled.example' }]);
    const states = async (...words: string[]) =>
      (await json(world.operator, 'claim', ...words, String(claim))).results.map(
        ({ claim: one }: { claim: { state: string } | null }) => one?.state,
      );
    expect([await states('dispute'), await states('uphold'), await states('renew'), await states('revoke')]).toEqual([
      ...[['DISPUTED'], ['VERIFIED'], ['VERIFIED'], ['REVOKED']],
    ]);
    expect(await run(world.operator, 'claim', 'revoke', '--all-pending')).toMatchObject({ exit: 2 });
  });

  it('lets the operator see what is pending and decide it, one by one or all', async () => {
    const provider = await world.provider();
    await run(provider, 'claim', 'add', 'one.example', 'two.example', 'three.example', '--role', 'REGISTRAR');
    const pending = async () => (await json(world.operator, 'claim', 'list', '--state', 'pending')).claims;
    const two = (await pending()).find(({ value }: { value: string }) => value === 'two.example');
    expect(two).toMatchObject({ organisation: provider.name, role: 'REGISTRAR', state: 'PENDING' });

    expect(await run(world.operator, 'claim', 'refuse', two.id)).toMatchObject({ exit: 0 });
    expect(await json(world.operator, 'claim', 'approve', '--all-pending')).toMatchObject({ refused: 0, exit: 0 });
    expect(await pending()).toEqual([]);
    expect(await run(world.operator, 'claim', 'approve', '--all-pending')).toMatchObject({
      stdout: 'No claim is pending.\n',
    });

    const own = (await json(provider, 'claim', 'list')).claims;
    expect(own.map(({ value, state }: { value: string; state: string }) => `${value} ${state}`)).toEqual([
      ...['one.example VERIFIED', 'two.example REFUSED', 'three.example VERIFIED'],
    ]);
    expect((await json(provider, 'claim', 'list', '--state', 'REFUSED')).claims).toHaveLength(1);
  });

  it('decides nothing of what is decided, or somebody else’s', async () => {
    const [claim] = await host.claims([{ role: 'HOST', domainSuffix: 'decided.example' }]);
    const approve = (party: { key: string }) => run(party, 'claim', 'approve', String(claim));
    expect(await approve(host)).toMatchObject({ stdout: expect.stringContaining('NOT_FOUND'), exit: 1 });
    expect(await approve(world.operator)).toMatchObject({ exit: 0 });
    expect(await approve(world.operator)).toMatchObject({ stdout: expect.stringContaining('WRONG_STATE'), exit: 1 });
    expect(await run(world.operator, 'claim', 'approve')).toMatchObject({ stdout: '', exit: 2 });
    expect(await run(world.operator, 'claim', 'approve', 'x', '--all-pending')).toMatchObject({ exit: 2 });
  });
});

describe('every command', () => {
  it('tells an error in one line, or with --json as one object, on stderr', async () => {
    const words = ['org', 'list', '--url', 'http://127.0.0.1:1', '--key', host.key];
    const { stdout, stderr, exit } = await runHere(words);
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 3 });
    expect(stderr).toMatch(/^tocsin: No hub answers at http:\/\/127\.0\.0\.1:1\/graphql: [^\n]+\n$/);
    const object = await runHere([...words, '--json']);
    expect(JSON.parse(object.stderr)).toEqual({
      error: { code: 'UNREACHABLE', message: expect.stringContaining('No hub answers'), exit: 3 },
    });
  });

  it.each([
    [['org', 'lst'], /unknown command 'lst'/],
    [['org', 'list', '--pretty'], /unknown option '--pretty'/],
    [['org', 'create', 'x'], /required option '--role <role>'/],
    [['org', 'create', 'x', '--role', 'KING'], /--role takes VENDOR, CERT/],
    [['claim', 'add', 'a.example', '--role', 'VENDOR'], /--role takes REGISTRY/],
    [['claim', 'list', '--state', 'GONE'], /--state takes PENDING/],
    [['serve', '--port', '80000'], /--port takes a number/],
  ])('explains wrong usage: %j', async (words, message) => {
    const { stdout, stderr, exit } = await run(host, ...words);
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 2 });
    expect(stderr).toMatch(message);
    expect(stderr.trim()).not.toContain('\n');
  });

  it('says which hub and whose key it lacks', async () => {
    const told = async (...words: string[]) => (await runHere([...words, '--folder', nowhere])).stderr;
    expect(await told('key', 'list')).toMatch(/^tocsin: Which hub\? /);
    expect(await told('key', 'list', '--url', 'http://hub.example')).toMatch(/^tocsin: As whom\? /);
    expect(await told('key', 'list', '--as', 'vendor')).toMatch(/^tocsin: There is no trial in /);
    expect(await told('key', 'list', '--as', 'vendor', '--key', host.key)).toMatch(/not both/);
    expect(await told('key', 'list', '--url', 'ftp://hub.example', '--key', host.key)).toMatch(/not the http/);
  });

  it('is explained with examples and exit codes', async () => {
    const help = async (...words: string[]) => runHere([...words, '--help']);
    expect((await help()).stdout).toMatch(/Exit codes:\n {2}0 {2}done/);
    for (const words of [['serve'], ['migrate'], ['org', 'create'], ['key', 'create'], ['claim', 'approve']]) {
      const { stdout, exit } = await help(...words);
      expect(stdout).toMatch(/Examples?:\n {2}(DATABASE_URL=\S+ .*)?tocsin /);
      expect(stdout).toContain('--json');
      expect(exit).toBe(0);
    }
  });
});
