import { createHmac } from 'node:crypto';

import { exportJWK, exportSPKI, type JWTPayload } from 'jose';

import { makeSigningKey, type SigningKey, type TestIssuer } from '../support/issuer.ts';

/** What an attacker has: tokens of the issuer, its public key, and keys of his own. */
export interface Arms {
  readonly issuer: TestIssuer;
  readonly otherIssuer: TestIssuer;
  /** What a good token of the linked client says. */
  readonly good: JWTPayload;
  readonly own: SigningKey;
  /** Where he serves his own key, and counts who comes for it. */
  readonly lair: string;
}

export type Attack = readonly [name: string, token: (arms: Arms) => Promise<string> | string];

const NOW = (): number => Math.floor(Date.now() / 1000);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed by the issuer itself, with something else in it. */
const claims =
  (change: JWTPayload | ((good: JWTPayload) => JWTPayload), header: object = {}) =>
  ({ issuer, good }: Arms) =>
    issuer.sign({ ...good, ...(typeof change === 'function' ? change(good) : change) }, header);

/** Signed by the attacker's own key, with a header that shall make the hub take it. */
const forged = (header: (arms: Arms) => object | Promise<object>) => async (arms: Arms) =>
  arms.issuer.sign(arms.good, await header(arms), { ...arms.own, id: arms.issuer.key.id });

const unsigned = (header: object, { good }: Arms): string => `${part(header)}.${part(good)}.`;

function hmac(secret: string | Buffer, { good, issuer }: Arms): string {
  const text = `${part({ alg: 'HS256', typ: 'at+jwt', kid: issuer.key.id })}.${part(good)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const without =
  (claim: string) =>
  ({ issuer, good }: Arms) =>
    issuer.sign({ ...good, [claim]: undefined });

const cut = (token: string): [string, string, string] => token.split('.') as [string, string, string];

const unsignedPart = (token: string): string => token.slice(0, token.lastIndexOf('.'));

/** Signed by the issuer itself, over a payload that no library would write. */
const written =
  (change: (text: string) => string) =>
  ({ issuer, good }: Arms) =>
    issuer.signText(change(JSON.stringify(good)));

export const ATTACKS: readonly Attack[] = [
  ['alg none and no signature', (arms) => unsigned({ alg: 'none', typ: 'at+jwt' }, arms)],
  ['alg none in capitals', (arms) => `${unsigned({ alg: 'NONE', typ: 'at+jwt' }, arms)}${'A'.repeat(86)}`],
  ['alg none with a signature', (arms) => `${unsigned({ alg: 'none', typ: 'at+jwt' }, arms)}${'A'.repeat(86)}`],
  ['HS256 with the public key as PEM', async (arms) => hmac(await exportSPKI(arms.issuer.key.publicKey), arms)],
  [
    'HS256 with the public key as JWK',
    async (arms) => hmac(JSON.stringify(await exportJWK(arms.issuer.key.publicKey)), arms),
  ],
  ['HS256 with no secret', (arms) => hmac('', arms)],
  ['an ID token of the same client', claims(({ client_id: id }) => ({ aud: String(id), nonce: 'n' }), { typ: 'JWT' })],
  ['an ID token made out to the hub', claims({ nonce: 'n' }, { typ: 'JWT' })],
  ['no type', claims({}, { typ: undefined })],
  ['the type of another token', claims({}, { typ: 'logout+jwt' })],
  ['another audience', claims({ aud: 'https://other.example/' })],
  ['an audience that only begins alike', claims(({ aud }) => ({ aud: `${String(aud)}/more` }))],
  ['a list of other audiences', claims({ aud: ['https://other.example/', 'urn:tocsin:hub'] })],
  ['no audience', without('aud')],
  ['an issuer that is not configured', claims({ iss: 'https://stranger.example' })],
  ['its issuer with a slash more', claims(({ iss }) => ({ iss: `${iss}/` }))],
  ['no issuer', without('iss')],
  [
    'the name of another configured issuer',
    ({ issuer, otherIssuer, good }) => issuer.sign({ ...good, iss: otherIssuer.url }),
  ],
  ['the key of another configured issuer', ({ issuer, otherIssuer, good }) => issuer.sign(good, {}, otherIssuer.key)],
  ['expired a minute ago', claims(() => ({ exp: NOW() - 60 }))],
  ['no expiry', without('exp')],
  ['an expiry that is a text', claims(() => ({ exp: String(NOW() + 600) }) as unknown as JWTPayload)],
  ['not yet to be used', claims(() => ({ nbf: NOW() + 120 }))],
  ['issued in the future', claims(() => ({ iat: NOW() + 120 }))],
  ['issued two days ago, and good for a year', claims(() => ({ iat: NOW() - 172_800, exp: NOW() + 31_536_000 }))],
  ['no instant of issue', without('iat')],
  ['no client', without('client_id')],
  ['a client that is a list', claims(({ client_id: id }) => ({ client_id: [id] }))],
  ['no subject', without('sub')],
  ['no id of its own', without('jti')],
  ['a scope that is a list', claims({ scope: ['events:read'] })],
  ['bound to a key that nobody shows', claims({ cnf: { jkt: 'A'.repeat(43) } })],
  ['the same client, another subject', claims({ sub: 'a person who uses it' })],
  ['the same subject, another client', claims({ client_id: 'unlinked' })],
  ['a client that nobody linked', ({ issuer }) => issuer.token('unlinked')],
  ['a key in its header', forged(async ({ own }) => ({ jwk: await exportJWK(own.publicKey) }))],
  ['an address of keys in its header', forged(({ lair }) => ({ jku: `${lair}/jwks` }))],
  ['an address of certificates in its header', forged(({ lair }) => ({ x5u: `${lair}/certificates` }))],
  ['a certificate in its header', forged(() => ({ x5c: ['MIIB'] }))],
  ['a key id that is an address', forged(({ lair }) => ({ kid: `${lair}/jwks` }))],
  ['a key id that is a path', forged(() => ({ kid: '../../dev/null' }))],
  ['a key id that is unknown', ({ issuer, good }) => issuer.sign(good, { kid: 'unknown' })],
  ['no key id, and a stranger’s key', forged(() => ({ kid: undefined }))],
  ['a stranger’s key under the right id', forged(() => ({}))],
  ['an extension that must be understood', claims({}, { crit: ['vip'], vip: true })],
  ['a payload that is not encoded', claims({}, { crit: ['b64'], b64: false })],
  [
    'another payload under the signature',
    ({ issuer, good }) => {
      const [header, , signature] = cut(issuer.sign(good));
      return `${header}.${part({ ...good, sub: 'somebody else' })}.${signature}`;
    },
  ],
  [
    'another header over the signature',
    ({ issuer, good }) => {
      const [, payload, signature] = cut(issuer.sign(good));
      return `${part({ alg: 'ES256', typ: 'at+jwt', kid: issuer.key.id, more: 1 })}.${payload}.${signature}`;
    },
  ],
  [
    'a signature of zeros',
    ({ issuer, good }) => {
      const [header, payload] = cut(issuer.sign(good));
      return `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`;
    },
  ],
  [
    'the algorithm of another curve',
    ({ issuer, good }) => {
      const [, payload, signature] = cut(issuer.sign(good));
      return `${part({ alg: 'ES384', typ: 'at+jwt', kid: issuer.key.id })}.${payload}.${signature}`;
    },
  ],
  [
    // CVE-2022-21449: r and s of zero were good for any message and any key.
    'a signature of zeros in ASN.1',
    ({ issuer, good }) =>
      `${unsignedPart(issuer.sign(good))}.${Buffer.from('3006020100020100', 'hex').toString('base64url').padEnd(20, 'A')}`,
  ],
  [
    'a signature of r zero and s as it was',
    ({ issuer, good }) => {
      const token = issuer.sign(good);
      const bytes = Buffer.from(cut(token)[2], 'base64url');
      return `${unsignedPart(token)}.${Buffer.concat([Buffer.alloc(32), bytes.subarray(32)]).toString('base64url')}`;
    },
  ],
  ['half of its signature', ({ issuer, good }) => issuer.sign(good).slice(0, -43)],
  ['a signature with a byte more', ({ issuer, good }) => `${issuer.sign(good)}AA`],
  ['padding behind its signature', ({ issuer, good }) => `${issuer.sign(good)}==`],
  [
    'the signature of another good token',
    ({ issuer, good }) => `${unsignedPart(issuer.sign(good))}.${cut(issuer.sign({ ...good, jti: 'other' }))[2]}`,
  ],
  ['a signed token for its payload', ({ issuer, good }) => issuer.signText(issuer.sign(good), { cty: 'JWT' })],
  ['a header that says it is encrypted', ({ issuer, good }) => issuer.sign(good, { alg: 'ECDH-ES', enc: 'A256GCM' })],
  ['a payload that is compressed', claims({}, { zip: 'DEF', crit: ['zip'] })],
  ['an empty list of what must be understood', claims({}, { crit: [] })],
  ['two clients, the second one nobody’s', written((text) => text.replace(/}$/, ',"client_id":"unlinked"}'))],
  ['two subjects, the second one nobody’s', written((text) => text.replace(/}$/, ',"sub":"somebody else"}'))],
  [
    'two audiences one after the other, the second another’s',
    written((text) => text.replace(/}$/, ',"aud":"https://other.example/"}')),
  ],
  ['two expiries, the second one over', written((text) => text.replace(/}$/, ',"exp":1}'))],
  ['a NUL behind its client', claims(({ client_id: id }) => ({ client_id: `${id}\0` }))],
  ['a NUL behind its subject', claims(({ sub }) => ({ sub: `${sub}\0` }))],
  ['half a character behind its subject', claims(({ sub }) => ({ sub: `${sub}\ud800` }))],
  ['a NUL behind its issuer', claims(({ iss }) => ({ iss: `${iss}\0.example` }))],
  ['a NUL behind its audience', claims(({ aud }) => ({ aud: `${String(aud)}\0` }))],
  ['its client in capitals', claims(({ client_id: id }) => ({ client_id: String(id).toUpperCase() }))],
  ['a space behind its client', claims(({ client_id: id }) => ({ client_id: `${id} ` }))],
  ['a client name that SQL would read', claims({ client_id: "machine' OR '1'='1" })],
  ['a subject longer than any that is linked', claims({ sub: 'x'.repeat(256) })],
  ['an expiry without end', written((text) => text.replace(/"exp":\d+/, '"exp":1e999'))],
  ['an expiry below zero', claims({ exp: -1 })],
  ['an audience that is an object', claims(({ aud }) => ({ aud: { [String(aud)]: true } }) as unknown as JWTPayload)],
  ['an issuer that is a list', claims(({ iss }) => ({ iss: [iss] }) as unknown as JWTPayload)],
  ['a prototype for its payload', written((text) => `{"__proto__":${text}}`)],
  ['an array for its payload', written((text) => `[${text}]`)],
  ['a key id that is a number', claims({}, { kid: 1 })],
  ['a key id of SQL', forged(() => ({ kid: "first' UNION SELECT 'key" }))],
  ['a thumbprint of a certificate in its header', forged(() => ({ kid: undefined, 'x5t#S256': 'A'.repeat(43) }))],
  ['bound to a certificate that nobody shows', claims({ cnf: { 'x5t#S256': 'A'.repeat(43) } })],
  ['bound to nothing in particular', claims({ cnf: null })],
  ['the type of a DPoP proof', claims({}, { typ: 'dpop+jwt' })],
  ['the type of an assertion', claims({}, { typ: 'client-authentication+jwt' })],
  ['the looks of a refresh token', () => `${'r'.repeat(43)}`],
  ['the looks of an opaque token', () => 'tocsin-opaque_'.padEnd(60, 'o')],
  ['a line break in it', ({ issuer, good }) => issuer.sign(good).replace('.', '.%0A')],
  ['five parts, as if it were encrypted', ({ issuer, good }) => `${issuer.sign(good)}.AAAA.AAAA`],
  ['no JSON inside', () => `${part({ alg: 'ES256', typ: 'at+jwt' })}.${'A'.repeat(40)}.${'A'.repeat(86)}`],
  ['more than a header carries', ({ issuer, good }) => issuer.sign({ ...good, more: 'x'.repeat(7_000) })],
];

export const makeOwnKey = (): Promise<SigningKey> => makeSigningKey('his own');
