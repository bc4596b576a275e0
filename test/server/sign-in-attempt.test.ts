import { expect, test } from 'vitest';

import { ATTEMPT_SECONDS, beginAttempt, ownPath, resumeAttempt } from '../../src/server/sign-in/attempt.ts';

const BEGUN = new Date('2026-11-24T12:00:00Z');
const later = (seconds: number): Date => new Date(BEGUN.getTime() + seconds * 1000);
const begin = () => beginAttempt({ invitation: null, organisation: null, back: '/auth', begun: BEGUN.getTime() });

test('an attempt to sign in is found again by its cookie, for ten minutes and not before it began', () => {
  const attempt = begin();
  expect(resumeAttempt(attempt.cookie, later(ATTEMPT_SECONDS - 1))).toEqual(attempt);
  expect(resumeAttempt(attempt.cookie, later(ATTEMPT_SECONDS))).toBeNull();
  expect(resumeAttempt(attempt.cookie, later(-1))).toBeNull();
});

test('no two attempts share a secret, and nothing of one is another of its secrets', () => {
  const parts = [begin(), begin()].flatMap(({ cookie, state, nonce, verifier }) => [cookie, state, nonce, verifier]);
  expect(new Set(parts).size).toBe(8);
});

test.each([null, '', 'x', 'x'.repeat(43), `${'x'.repeat(43)}.e30`, `${'x'.repeat(43)}.${'A'.repeat(2001)}`])(
  'a cookie that is no attempt (%s) resumes none',
  (cookie) => expect(resumeAttempt(cookie, BEGUN)).toBeNull(),
);

test('another wish under the same bits has another state: what was asked cannot be exchanged', () => {
  const { cookie, state } = begin();
  const [bits] = cookie.split('.');
  const wish = Buffer.from(JSON.stringify({ invitation: null, organisation: null, back: '/', begun: BEGUN.getTime() }));
  expect(resumeAttempt(`${bits}.${wish.toString('base64url')}`, BEGUN)?.state).not.toBe(state);
});

test.each(['//elsewhere.example', '/\\elsewhere.example', 'https://elsewhere.example', 'auth', '', '/\n/x', null])(
  'one is led to no place but the hub afterwards (%s)',
  (path) => expect(ownPath(path, '/auth')).toBe('/auth'),
);
