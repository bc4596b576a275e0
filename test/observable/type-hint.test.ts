import { expect, test } from 'vitest';

import { ObservableType } from '../../src/observable/observable.ts';
import { readObservable } from '../../src/observable/read-observable.ts';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const SAMPLES: Readonly<Record<ObservableType, string>> = {
  DOMAIN: 'shop.example',
  HOSTNAME: 'a.shop.example',
  URL: 'http://shop.example/',
  IPV4: '192.0.2.7',
  IPV6: '2001:db8::7',
  ENDPOINT: '192.0.2.7:443',
  IPV4_CIDR: '192.0.2.0/24',
  IPV6_CIDR: '2001:db8::/32',
  EMAIL_ADDRESS: 'desk@shop.example',
  FILE_MD5: MD5,
  FILE_SHA1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  FILE_SHA256: SHA256,
  FILE_SHA512: SHA256 + SHA256,
  X509_SHA256: SHA256,
  PATTERN: '[file:size > 1]',
};

test.each(Object.values(ObservableType))('the name of the type %s is a hint that its values agree with', (type) => {
  expect(typeRead(SAMPLES[type], type)).toBe(type);
  expect(typeRead(SAMPLES[type], type.toLowerCase())).toBe(type);
});

test.each([
  ['domain', 'a.shop.example', 'HOSTNAME'],
  ['hostname', 'shop.example', 'DOMAIN'],
  ['url', 'shop.example/x', 'URL'],
  ['ip', '192.0.2.7', 'IPV4'],
  ['ip', '2001:db8::7', 'IPV6'],
  ['ip', '192.0.2.0/24', 'IPV4_CIDR'],
  ['ip-port', '[2001:db8::7]:443', 'ENDPOINT'],
  ['cidr', '192.0.2.0/24', 'IPV4_CIDR'],
  ['cidr', '192.0.2.7/32', 'IPV4'],
  ['email', 'desk@shop.example', 'EMAIL_ADDRESS'],
  ['md5', MD5, 'FILE_MD5'],
  ['sha1', SAMPLES.FILE_SHA1, 'FILE_SHA1'],
  ['sha256', SHA256, 'FILE_SHA256'],
  ['SHA-512', SAMPLES.FILE_SHA512, 'FILE_SHA512'],
  [' IP:Port ', '192.0.2.7:443', 'ENDPOINT'],
  ['', 'shop.example', 'DOMAIN'],
  [' ', 'shop.example', 'DOMAIN'],
])('the word %j agrees with %s', (hint, text, type) => {
  expect(typeRead(text, hint)).toBe(type);
});

test.each([
  ['md5', 'shop.example'],
  ['md5', SHA256],
  ['domain', 'http://shop.example/'],
  ['domain', '192.0.2.7'],
  ['domain', 'shop.example:443'],
  ['ip', '192.0.2.7:443'],
  ['ip', 'shop.example'],
  ['IPV4', '2001:db8::7'],
  ['ip-port', '192.0.2.7'],
  ['cidr', 'shop.example'],
  ['email', 'shop.example'],
  ['email', 'http://desk@shop.example/'],
])('the word %j contradicts %s', (hint, text) => {
  expect(typeRead(text, hint)).toBe('TYPE_MISMATCH');
});

test('a mismatch says what the value is', () => {
  expect(readObservable('a.tocsin-test-name.fr', 'md5')).toEqual({
    ok: false,
    code: 'TYPE_MISMATCH',
    hint: '"a.tocsin-test-name.fr" was sent as "md5" but reads as HOSTNAME. Send it as HOSTNAME, or correct the value.',
  });
});

test.each([
  ['certificate', MD5, 'MALFORMED_HASH'],
  ['filename', 'shop.example', 'UNKNOWN_TYPE'],
  ['constructor', 'shop.example', 'UNKNOWN_TYPE'],
  ['domain', 'localdomain', 'UNKNOWN_SUFFIX'],
  ['pattern', 'rule\u0000', 'CONTROL_CHARACTER'],
  ['pattern', ' ', 'EMPTY'],
])('under the word %j, %j is refused as %s', (hint, text, code) => {
  expect(typeRead(text, hint)).toBe(code);
});

function typeRead(text: string, hint: string): string {
  const answer = readObservable(text, hint, { documentation: true });
  return answer.ok ? answer.observable.type : answer.code;
}
