import { describe, expect, it } from 'vitest';

import { readClientConfig } from '../../src/app/config/client.ts';
import { ConfigError } from '../../src/app/config/environment.ts';
import { readHubConfig } from '../../src/app/config/hub.ts';
import { limitSettings } from '../../src/server/limits/settings.ts';
import { parseWitnessVkey, witnessVkeyOf } from '../../src/verifier/cosignature.ts';

/** The key of a witness, of nobody. */
const WITNESS = witnessVkeyOf({ name: 'witness.example', publicKey: new Uint8Array(32) });
const secret = 'a secret of thirty-two characters';

const UNWATCHED = { metrics: null, drainMs: 0, tracing: null };
const USUAL = { trustedDocuments: null, onlyTrusted: false, proxies: '', rate: null };

describe('the environment of a hub', () => {
  it('may be empty: an embedded database in .tocsin, loopback, the first free port', () => {
    expect(readHubConfig({})).toEqual({
      ...{ database: null, host: '127.0.0.1', port: null, folder: '.tocsin', logLevel: 'info', poolSize: 10 },
      proof: { keys: null, anchor: null, witness: null, origin: null },
      ...{
        keeping: { reportDays: 1095 },
        oauth: null,
        login: null,
        graphiql: null,
        limits: USUAL,
        operations: UNWATCHED,
      },
    });
  });

  it('names a database of your own, whose logins come from a secret', () => {
    const environment = {
      ...{ DATABASE_URL: 'postgres://owner:pw@db.example/tocsin', TOCSIN_LOGIN_SECRET: secret },
      ...{ HOST: '::1', PORT: '8080', TOCSIN_FOLDER: '/srv/tocsin', LOG_LEVEL: 'warn', POOL_SIZE: '30' },
      ...{ TOCSIN_KEYS: '/run/secrets/keys.json', TOCSIN_ANCHOR: '/mnt/anchor' },
      ...{ TOCSIN_WITNESS: `https://w1.example/ ${WITNESS}, http://w2.example/log ${WITNESS}` },
      ...{ TOCSIN_QUORUM: '1', TOCSIN_ORIGIN: 'log.hub.example' },
    };
    const key = parseWitnessVkey(WITNESS);
    expect(readHubConfig(environment)).toEqual({
      database: { adminUrl: environment.DATABASE_URL, loginSecret: secret },
      ...{ host: '::1', port: 8080, folder: '/srv/tocsin', logLevel: 'warn', poolSize: 30 },
      proof: {
        ...{ keys: '/run/secrets/keys.json', anchor: '/mnt/anchor' },
        witness: {
          each: [
            { url: 'https://w1.example', key },
            { url: 'http://w2.example/log', key },
          ],
          quorum: 1,
        },
        origin: 'log.hub.example',
      },
      ...{
        keeping: { reportDays: 1095 },
        oauth: null,
        login: null,
        graphiql: null,
        limits: USUAL,
        operations: UNWATCHED,
      },
    });
  });

  it('names a standby of that database, which may be asked too', () => {
    const own = { DATABASE_URL: 'postgres://owner:pw@db.example/tocsin', TOCSIN_LOGIN_SECRET: secret };
    const replicaUrl = 'postgres://replica.example:5433/tocsin';
    expect(readHubConfig({ ...own, REPLICA_URL: replicaUrl }).database).toMatchObject({ replicaUrl });
  });

  it('names what is bounded otherwise than usual, and refuses what cannot be read', () => {
    const { limits } = readHubConfig({
      ...{ TRUSTED_DOCUMENTS: '/srv/documents', TRUSTED_DOCUMENTS_ONLY: 'on' },
      ...{ TRUSTED_PROXIES: '192.0.2.0/24', RATE_POINTS: '5000', RATE_PER_SECOND: '50' },
    });
    expect(limits).toEqual({
      ...{ trustedDocuments: '/srv/documents', onlyTrusted: true, proxies: '192.0.2.0/24' },
      rate: { maximum: 5000, restoreRate: 50 },
    });
    expect(limitSettings({ ...USUAL, proxies: '192.0.2.0/24' })).toMatchObject({ limits: {}, trusted: null });
    expect(() => limitSettings({ ...USUAL, proxies: 'proxy' })).toThrow(/TRUSTED_PROXIES must be addresses/);
    expect(() => limitSettings({ ...USUAL, trustedDocuments: '/srv/missing' })).toThrow(/TRUSTED_DOCUMENTS: .*missing/);
  });

  it('asks for the signatures of all witnesses unless fewer are enough', () => {
    const TOCSIN_WITNESS = `https://w1.example ${WITNESS}, https://w2.example ${WITNESS}`;
    expect(readHubConfig({ TOCSIN_WITNESS }).proof.witness?.quorum).toBe(2);
    expect(readHubConfig({ TOCSIN_WITNESS, TOCSIN_QUORUM: '0' }).proof.witness?.quorum).toBe(0);
  });

  it('names issuers of access tokens, and what their tokens must be for', () => {
    const [first, second] = ['https://login.example/realms/certs', 'http://127.0.0.1:8080'];
    const audience = 'https://hub.example/graphql';
    const oauth = (issuers: string) => readHubConfig({ OIDC_ISSUERS: issuers, OIDC_AUDIENCE: audience }).oauth;
    expect(oauth(`${first} ${second}`)).toEqual({ issuers: [first, second], audience });
    expect(oauth(` ${first},\n${second} `)).toEqual({ issuers: [first, second], audience });
    expect(readHubConfig({ OIDC_AUDIENCE: 'urn:tocsin:trial' }).oauth).toEqual({
      issuers: [],
      audience: 'urn:tocsin:trial',
    });
  });

  it('keeps reports that are over for as many days as it is told, or for ever', () => {
    const kept = (days: string) => readHubConfig({ TOCSIN_KEEP_REPORTS: days }).keeping.reportDays;
    expect([kept('90'), kept('0')]).toEqual([90, null]);
  });

  it('names where people sign in, and how the hub proves itself there', () => {
    const given = {
      OIDC_LOGIN_ISSUER: 'https://login.example/realms/people',
      OIDC_LOGIN_CLIENT_ID: 'tocsin',
      PUBLIC_URL: 'https://hub.example/',
    };
    const login = { issuer: given.OIDC_LOGIN_ISSUER, clientId: 'tocsin', origin: 'https://hub.example' };
    expect(readHubConfig({ ...given, OIDC_LOGIN_SECRET: 's' }).login).toEqual({
      ...{ ...login, secret: 's', keyFile: null, secondFactorAcr: [] },
    });
    expect(readHubConfig({ ...given, OIDC_LOGIN_KEY: 'key.pem', OIDC_LOGIN_ACR: 'urn:a urn:b' }).login).toEqual({
      ...{ ...login, secret: null, keyFile: 'key.pem', secondFactorAcr: ['urn:a', 'urn:b'] },
    });
    expect(readHubConfig({}).login).toBeNull();
  });

  it('gives browsers a page, or not', () => {
    expect([readHubConfig({ GRAPHIQL: 'on' }).graphiql, readHubConfig({ GRAPHIQL: 'off' }).graphiql]).toEqual([
      true,
      false,
    ]);
  });

  it('serves figures where it is asked to, on loopback unless another address is named', () => {
    const metricsOf = (environment: object) => readHubConfig({ ...environment }).operations.metrics;
    expect(metricsOf({ METRICS_PORT: '9464' })).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(metricsOf({ METRICS_PORT: '9464', METRICS_HOST: '::' })).toEqual({ host: '::', port: 9464 });
  });

  describe('spans', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector.example:4318';
    const tracingOf = (more: object = {}) => readHubConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, ...more }).operations.tracing;

    it('go where the variables of OpenTelemetry say, and nowhere without an address', () => {
      const sampler = { ratio: 1, followsParent: true };
      expect(tracingOf()).toEqual({ protocol: 'http/protobuf', sampler, timeoutMs: 3_000 });
      const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/v1/traces' };
      expect(readHubConfig(own).operations.tracing).not.toBeNull();
      expect(tracingOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TIMEOUT: '500' })).toMatchObject({
        ...{ protocol: 'http/json', timeoutMs: 500 },
      });
      for (const off of [{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }])
        expect(tracingOf(off)).toBeNull();
    });

    it('are recorded as the sampler of the environment says', () => {
      const samplerOf = (name: string, arg = '') =>
        tracingOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg })?.sampler;
      expect(samplerOf('always_on')).toEqual({ ratio: 1, followsParent: false });
      expect(samplerOf('always_off')).toEqual({ ratio: 0, followsParent: false });
      expect(samplerOf('traceidratio', '0.25')).toEqual({ ratio: 0.25, followsParent: false });
      expect(samplerOf('parentbased_traceidratio', '0.25')).toEqual({ ratio: 0.25, followsParent: true });
      expect(samplerOf('parentbased_traceidratio')).toEqual({ ratio: 1, followsParent: true });
    });

    it('are refused what the hub cannot do, and where they go nowhere nothing of it matters', () => {
      const wrong = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'jaeger_remote' };
      expect(() => tracingOf(wrong)).toThrow(
        /must be http\/protobuf or http\/json.* OTEL_TRACES_SAMPLER must be one of/,
      );
      expect(() => tracingOf({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow(/0 to 1/);
      expect(() => readHubConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' })).toThrow(/must be the http/);
      expect(readHubConfig(wrong).operations.tracing).toBeNull();
    });
  });

  it('counts an empty variable as none', () => {
    expect(readHubConfig({ DATABASE_URL: '', TOCSIN_LOGIN_SECRET: '', PORT: '' })).toEqual(readHubConfig({}));
  });

  it('is told everything that is wrong at once, and what to do', () => {
    const environment = {
      ...{ DATABASE_URL: 'mysql://db.example', TOCSIN_LOGIN_SECRET: 'short', PORT: '70000' },
      ...{ LOG_LEVEL: 'loud', POOL_SIZE: '0', TOCSIN_WITNESS: 'witness', TOCSIN_ORIGIN: 'A Log' },
    };
    const error = caught(() => readHubConfig(environment));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      problems: [
        'PORT must be from 0 to 65535.',
        expect.stringMatching(/^LOG_LEVEL must be one of fatal, error,/),
        expect.stringMatching(/^DATABASE_URL must look like postgres:/),
        expect.stringMatching(/^TOCSIN_LOGIN_SECRET needs 32 characters or more: openssl rand/),
        'POOL_SIZE must be from 1 to 150.',
        expect.stringMatching(/^TOCSIN_WITNESS must be the http\(s\) address of a witness and its key/),
        'TOCSIN_ORIGIN takes 3 to 100 of a-z, 0-9, dot, slash and hyphen.',
      ],
    });
  });

  it.each([
    [{ DATABASE_URL: 'postgres://owner@db.example/tocsin' }, /^DATABASE_URL needs TOCSIN_LOGIN_SECRET/],
    [{ TOCSIN_LOGIN_SECRET: secret }, /set DATABASE_URL, or unset it/],
    [{ REPLICA_URL: 'postgres://replica.example/tocsin' }, /^REPLICA_URL is a standby of a database of your own/],
    [{ REPLICA_URL: 'replica.example' }, /^REPLICA_URL must look like/],
    [{ PORT: '4e3' }, /^PORT must be a whole number/],
    [{ OIDC_ISSUERS: 'https://login.example' }, /^OIDC_ISSUERS needs OIDC_AUDIENCE/],
    [{ OIDC_ISSUERS: 'http://login.example', OIDC_AUDIENCE: 'urn:x' }, /^OIDC_ISSUERS must be https/],
    [{ OIDC_ISSUERS: 'https://login.example', OIDC_AUDIENCE: 'hub' }, /^OIDC_AUDIENCE must be a URI/],
    [{ TOCSIN_WITNESS: 'https://witness.example' }, /^TOCSIN_WITNESS must be/],
    [{ TOCSIN_WITNESS: `${WITNESS} https://witness.example` }, /^TOCSIN_WITNESS must be/],
    [{ TOCSIN_WITNESS: `https://witness.example ${WITNESS}`, TOCSIN_QUORUM: '2' }, /of which there are 1/],
    [{ TOCSIN_QUORUM: '1' }, /of which there are 0/],
    [{ OIDC_LOGIN_ISSUER: 'http://login.example' }, /^OIDC_LOGIN_ISSUER must be an https/],
    [{ OIDC_LOGIN_ISSUER: 'https://login.example' }, /^OIDC_LOGIN_ISSUER needs PUBLIC_URL/],
    [{ OIDC_LOGIN_ISSUER: 'https://login.example' }, /^OIDC_LOGIN_ISSUER needs one of/],
    [{ OIDC_LOGIN_SECRET: 's' }, /OIDC_LOGIN_ISSUER/],
    [{ PUBLIC_URL: 'http://hub.example' }, /^PUBLIC_URL must be the https/],
    [{ PUBLIC_URL: 'https://hub.example/tocsin' }, /^PUBLIC_URL must be the https/],
    [{ GRAPHIQL: 'yes' }, /^GRAPHIQL must be on or off/],
    [{ TRUSTED_DOCUMENTS_ONLY: 'on' }, /^TRUSTED_DOCUMENTS_ONLY needs TRUSTED_DOCUMENTS/],
    [{ DRAIN_SECONDS: 'ten' }, /^DRAIN_SECONDS must be a whole number/],
    [{ METRICS_PORT: 'on' }, /^METRICS_PORT must be a whole number/],
    [{ METRICS_HOST: '::1' }, /^METRICS_HOST needs METRICS_PORT/],
    [{ PORT: '4000', METRICS_PORT: '4000' }, /^METRICS_PORT must be another port than PORT/],
    [{ RATE_POINTS: '5000' }, /^RATE_POINTS and RATE_PER_SECOND go together/],
    [{ DATABASE_URL: 'postgres://', PORT: '-1' }, /^DATABASE_URL needs TOCSIN_LOGIN_SECRET|^DATABASE_URL must look/],
  ])('refuses %j', (environment, problem) => {
    expect(caught(() => readHubConfig(environment))).toMatchObject({
      problems: expect.arrayContaining([expect.stringMatching(problem)]),
    });
  });
});

describe('the environment of a command', () => {
  it('may name the hub and a key, and does not look at what concerns a hub alone', () => {
    const key = `tocsin_${'k'.repeat(43)}`;
    const environment = { TOCSIN_URL: 'https://hub.example', TOCSIN_KEY: key, PORT: 'none of its business' };
    expect(readClientConfig(environment)).toEqual({ url: 'https://hub.example', key, folder: '.tocsin' });
  });

  it('is told of an address and a key that cannot be one', () => {
    const error = caught(() => readClientConfig({ TOCSIN_URL: 'hub.example', TOCSIN_KEY: 'secret' }));
    expect(error).toMatchObject({
      problems: [expect.stringMatching(/^TOCSIN_URL/), expect.stringMatching(/^TOCSIN_KEY/)],
    });
  });
});

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
