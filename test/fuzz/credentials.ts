import 'reflect-metadata';

import fc from 'fast-check';
import { ZodError } from 'zod';

import { readClientConfig } from '../../src/app/config/client.ts';
import { ConfigError } from '../../src/app/config/environment.ts';
import { readHubConfig } from '../../src/app/config/hub.ts';
import { formatCursor, parseCursor } from '../../src/feed/cursor.ts';
import { formatOutcomeCursor, parseOutcomeCursor } from '../../src/insight/outcome-cursor.ts';
import { keyAfter } from '../../src/platform/api/paging.ts';
import { Refusal } from '../../src/platform/errors.ts';
import { fromGlobalId, rowIdOf, toGlobalId } from '../../src/platform/ids.ts';
import { looksLikeToken, readClaims } from '../../src/tenancy/access-token.ts';
import { mangled, must, orRefused, same, target } from './target.ts';

const UUID = '019af2c4-0000-7000-8000-000000000001';
const encoded = (value: string): string => Buffer.from(value).toString('base64url');
const SIGNS = ['.', '-', '_', '=', '+', '/', ' ', '\n', '\0', 'A', '0', '9999999999999999999', UUID, 'Bearer '];
const TOKEN = [
  encoded('{"alg":"none","typ":"at+jwt"}'),
  encoded('{"iss":"https://idp.example","sub":"a"}'),
  'c2lnbmF0dXJlLXNpZ25hdHVyZQ',
].join('.');
const CLAIMS = {
  iss: 'https://idp.example',
  sub: 'a',
  client_id: 'b',
  jti: 'c',
  exp: 1_800_000_000,
  scope: 'reports:read',
};
const ENVIRONMENT = {
  DATABASE_URL: 'postgres://owner:password@192.0.2.1:5432/tocsin',
  TOCSIN_LOGIN_SECRET: 'a secret of more than thirty-two characters',
  PORT: '4000',
  POOL_SIZE: '10',
  LOG_LEVEL: 'info',
  OIDC_ISSUERS: 'https://idp.example, https://other.example',
  OIDC_AUDIENCE: 'https://hub.example/graphql',
  TOCSIN_URL: 'http://hub.example',
  TOCSIN_KEY: 'tocsin_abcdefghijklmnopqrstuvwxyz',
  TOCSIN_ORIGIN: 'hub.example/log',
  TOCSIN_WITNESS: 'https://witness.example',
  GRAPHIQL: 'on',
} as const;
const variable = fc.tuple(
  fc.constantFrom(...Object.keys(ENVIRONMENT)),
  mangled(Object.values(ENVIRONMENT), [...SIGNS, '://', '@', ':', '%', '[', ']', ',']),
);

export const CREDENTIALS = [
  target('cursor', mangled(['1.42', '3.0', `1.42-50.${UUID}`], SIGNS), async (text) => {
    const cursor = await orRefused(() => parseCursor(text), Refusal);
    if (cursor) same(parseCursor(formatCursor(cursor)), cursor, 'a cursor reads as itself');
    const outcome = await orRefused(() => parseOutcomeCursor(text), Refusal);
    if (outcome)
      same(parseOutcomeCursor(formatOutcomeCursor(outcome)), outcome, 'a cursor of outcomes reads as itself');
    return cursor !== null || outcome !== null;
  }),

  target(
    'list-cursor',
    fc.oneof(
      mangled([encoded(JSON.stringify([UUID]))], SIGNS),
      mangled([JSON.stringify([UUID]), '["2026-01-02T03:04:05.678Z","1"]'], ['[', ']', '"', ',', '{', 'null']).map(
        encoded,
      ),
    ),
    async (text) => {
      const key = await orRefused(() => keyAfter(text, ['id']), Refusal);
      const other = await orRefused(() => keyAfter(text, ['instant', 'number']), Refusal);
      for (const part of [...(key ?? []), ...(other ?? [])])
        must(/^[\w:.-]+$/.test(part), 'a part of a key is a plain word');
      return key !== null || other !== null;
    },
  ),

  target(
    'global-id',
    fc.oneof(
      mangled([toGlobalId('Report', UUID), toGlobalId('Case', UUID)], SIGNS),
      mangled([`Report:${UUID}`], [':', '-', 'A']).map(encoded),
    ),
    (text) => {
      const found = fromGlobalId(text);
      if (!found) return false;
      same(toGlobalId(found.type, found.id), text, 'an id has one spelling');
      same(rowIdOf(found.type, text), found.id, 'and names one row');
      same(rowIdOf(`${found.type}x`, text), null, 'of one type');
      return true;
    },
  ),

  target('bearer', mangled([`Bearer ${TOKEN}`, TOKEN, 'Bearer tocsin_abcdefghijklmnopqrstuvwxyz'], SIGNS), (header) => {
    const token = header.replace(/^Bearer /, '');
    const looks = looksLikeToken(token);
    must(
      !looks || (token.length < 10_000 && token.split('.').length === 3),
      'a token has three parts and a bounded size',
    );
    return looks;
  }),

  target(
    'claims',
    fc.oneof(
      fc.constant(CLAIMS),
      fc.object({ maxDepth: 2 }),
      fc.record(
        Object.fromEntries(
          Object.keys(CLAIMS).map((name) => [
            name,
            fc.oneof(fc.constant((CLAIMS as Record<string, unknown>)[name]), fc.anything({ maxDepth: 1 })),
          ]),
        ),
        { requiredKeys: [] },
      ),
    ),
    async (payload) => {
      const issued = await orRefused(() => readClaims(payload), ZodError);
      return issued !== null;
    },
  ),

  target(
    'config',
    fc.array(variable, { maxLength: 6 }).map((all) => Object.fromEntries(all)),
    async (environment) => {
      const hub = await orRefused(() => readHubConfig(environment), ConfigError);
      const client = await orRefused(() => readClientConfig(environment), ConfigError);
      if (hub)
        must(hub.poolSize >= 1 && hub.poolSize <= 150 && (hub.port ?? 0) <= 65_535, 'numbers are within their limits');
      return hub !== null && client !== null;
    },
  ),
];
