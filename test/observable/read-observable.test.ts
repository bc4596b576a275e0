import { expect, test } from 'vitest';

import { readObservable } from '../../src/observable/read-observable.ts';

const DOCUMENTATION = { documentation: true };
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SHA512 = SHA256 + SHA256;
const ONION = `${'tocsin'.repeat(9)}ab.onion`;

test.each([
  ['onedrive-en-marche.fr', 'DOMAIN onedrive-en-marche.fr', 'NAME onedrive-en-marche.fr'],
  ['  OneDrive-En-Marche.FR.  ', 'DOMAIN onedrive-en-marche.fr', 'NAME onedrive-en-marche.fr'],
  ['login.shop.example', 'HOSTNAME login.shop.example', 'NAME shop.example'],
  ['a.b.shop.co.uk', 'HOSTNAME a.b.shop.co.uk', 'NAME shop.co.uk'],
  ['www.example.com', 'HOSTNAME www.example.com', 'NAME example.com'],
  ['*.shop.example', 'DOMAIN shop.example', 'NAME shop.example'],
  ['_dmarc.shop.example', 'HOSTNAME _dmarc.shop.example', 'NAME shop.example'],
  ['snow_shop.tocsin-test-name.fr', 'HOSTNAME snow_shop.tocsin-test-name.fr', 'NAME tocsin-test-name.fr'],
  ['r3---sn-x.shop.example', 'HOSTNAME r3---sn-x.shop.example', 'NAME shop.example'],
  ['192.0.2.7', 'IPV4 192.0.2.7', 'ADDRESS 192.0.2.7'],
  ['2001:DB8:0:0:1:0:0:1', 'IPV6 2001:db8::1:0:0:1', 'ADDRESS 2001:db8::1:0:0:1'],
  ['[2001:db8::7]', 'IPV6 2001:db8::7', 'ADDRESS 2001:db8::7'],
  ['2001:db8::192.0.2.7', 'IPV6 2001:db8::c000:207', 'ADDRESS 2001:db8::c000:207'],
  ['192.0.2.7:443', 'ENDPOINT 192.0.2.7:443', 'ADDRESS 192.0.2.7'],
  ['[2001:DB8::0007]:08080', 'ENDPOINT [2001:db8::7]:8080', 'ADDRESS 2001:db8::7'],
  ['C2.Shop.example:65535', 'ENDPOINT c2.shop.example:65535', 'NAME shop.example'],
  ['192.0.2.0/24', 'IPV4_CIDR 192.0.2.0/24', 'NETWORK 192.0.2.0/24'],
  ['2001:DB8:1::/48', 'IPV6_CIDR 2001:db8:1::/48', 'NETWORK 2001:db8:1::/48'],
  ['192.0.2.7/32', 'IPV4 192.0.2.7', 'ADDRESS 192.0.2.7'],
  ['2001:db8::7/128', 'IPV6 2001:db8::7', 'ADDRESS 2001:db8::7'],
  ['J.Doe+x@Shop.Example', 'EMAIL_ADDRESS J.Doe+x@shop.example', 'MAILBOX j.doe+x@shop.example'],
  ['jose\u0301@shop.example', 'EMAIL_ADDRESS jos\u00e9@shop.example', 'MAILBOX jos\u00e9@shop.example'],
  ['tocsin-test@docs.google.com', 'EMAIL_ADDRESS tocsin-test@docs.google.com', 'MAILBOX tocsin-test@docs.google.com'],
  [MD5.toUpperCase(), `FILE_MD5 ${MD5}`, null],
  [SHA1, `FILE_SHA1 ${SHA1}`, null],
  [SHA256, `FILE_SHA256 ${SHA256}`, null],
  [SHA512, `FILE_SHA512 ${SHA512}`, null],
  [ONION, `DOMAIN ${ONION}`, null],
  [`http://www.${ONION}/`, `URL http://www.${ONION}/`, null],
  [`desk@${ONION}`, `EMAIL_ADDRESS desk@${ONION}`, null],
])('%s is read without a type', (text, observable, resource) => {
  expect(reading(text)).toEqual([observable, resource]);
});

test.each([
  ['bücher-tocsin.fr', 'DOMAIN xn--bcher-tocsin-dlb.fr'],
  ['BÜCHER-tocsin.fr', 'DOMAIN xn--bcher-tocsin-dlb.fr'],
  ['XN--BCHER-tocsin-DLB.fr', 'DOMAIN xn--bcher-tocsin-dlb.fr'],
  ['tocsin-faß.de', 'DOMAIN xn--tocsin-fa-o1a.de'],
  ['tocsin。shop．example', 'HOSTNAME tocsin.shop.example'],
  ['ｔｏｃｓｉｎ.example', 'DOMAIN tocsin.example'],
  // Cyrillic а: a look-alike is what is reported, and its A-label shows it.
  ['tocsin-b\u0430nk.fr', 'DOMAIN xn--tocsin-bnk-6qi.fr'],
])('the internationalised name %s is read as A-labels', (text, observable) => {
  expect(reading(text)[0]).toBe(observable);
});

test.each([
  ['e3:b0:c4:42:98:fc:1c:14:9a:fb:f4:c8:99:6f:b9:24:27:ae:41:e4:64:9b:93:4c:a4:95:99:1b:78:52:b8:55', 'X509_SHA256'],
  [SHA256.toUpperCase(), 'certificate'],
])('a certificate is read only when the type says so: %s', (text, hint) => {
  expect(reading(text, hint)).toEqual([`X509_SHA256 ${SHA256}`, `CERTIFICATE ${SHA256}`]);
});

test('the text of a rule is context, with its lines', () => {
  const rule = "[domain-name:value = 'shop.example'\r\n\tAND url:value LIKE '%']";
  expect(reading(` ${rule}\n`, 'PATTERN')).toEqual([`PATTERN ${rule}`, null]);
});

test.each([
  ['shop.example', 'url', 'URL http://shop.example/'],
  ['shop.example:8080', 'url', 'URL http://shop.example:8080/'],
  ['192.0.2.7/24', 'url', 'URL http://192.0.2.7/24'],
  ['192.0.2.7', 'url', 'URL http://192.0.2.7/'],
])('the type decides where the text %s leaves it open', (text, hint, observable) => {
  expect(reading(text, hint)[0]).toBe(observable);
});

test('documentation names and addresses are refused unless asked for', () => {
  expect(readObservable('shop.example').ok).toBe(false);
  expect(readObservable('192.0.2.7', 'ip', {}).ok).toBe(false);
  expect(readObservable('1.1.1.1')).toMatchObject({ ok: true, observable: { type: 'IPV4', value: '1.1.1.1' } });
});

function reading(text: string, hint?: string): [observable: string, resource: string | null] {
  const answer = readObservable(text, hint, DOCUMENTATION);
  if (!answer.ok) return [answer.code, answer.hint];
  const { observable, resource } = answer;
  return [`${observable.type} ${observable.value}`, resource && `${resource.kind} ${resource.value}`];
}
