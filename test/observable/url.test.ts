import { expect, test } from 'vitest';

import { readObservable } from '../../src/observable/read-observable.ts';

test.each([
  ['HTTP://Shop.Example', 'http://shop.example/'],
  ['http://shop.example:80/', 'http://shop.example/'],
  ['https://shop.example:443/', 'https://shop.example/'],
  ['http://shop.example:443/', 'http://shop.example:443/'],
  ['ftp://shop.example:21/a', 'ftp://shop.example/a'],
  ['http://shop.example/a/./b/../c', 'http://shop.example/a/c'],
  ['http:\\\\shop.example\\a', 'http://shop.example/a'],
  ['http:///shop.example/a', 'http://shop.example/a'],
  ['shop.example/a', 'http://shop.example/a'],
  ['shop.example?q', 'http://shop.example/?q'],
  ['shop.example:8080/a', 'http://shop.example:8080/a'],
  ['192.0.2.7/a', 'http://192.0.2.7/a'],
  ['[2001:db8::7]/a', 'http://[2001:db8::7]/a'],
  ['[2001:db8::7]/64', 'http://[2001:db8::7]/64'],
  ['http://shop.example\\a[.]b', 'http://shop.example/a[.]b'],
  ['http://0xC0.0.0x2.7/', 'http://192.0.2.7/'],
  ['http://0300.0.2.7/', 'http://192.0.2.7/'],
  ['http://3221225991/', 'http://192.0.2.7/'],
  ['http://[2001:DB8:0:0::7]/', 'http://[2001:db8::7]/'],
  ['http://büro.shop.example/', 'http://xn--bro-hoa.shop.example/'],
])('%s is normalised to %s', (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ['http://shop.example/Login.PHP?Token=AbC', 'the case of path and query'],
  ['http://shop.example/%7euser/%2e%41', 'percent-encoding'],
  ['http://shop.example/a//b', 'empty path segments'],
  ['http://shop.example/?', 'an empty query, which the server sees'],
  ['http://shop.example/?b=2&a=1', 'the order of the query'],
  ['http://shop.example/#/login?x', 'the fragment, which a phishing kit reads'],
  ['http://www.bank.example@shop.example/', 'credentials, which are the trick'],
  ['http://user:pass@shop.example/', 'credentials, which are the evidence'],
  ['http://shop.example./', 'the trailing dot, which the server sees'],
  ['http://shop.example/a[.]b', 'square brackets in a path that was not defanged'],
  ['http://shop.example/a(at)b(dot)c', 'other marks in a path'],
])('%s keeps %s', (text) => {
  expect(read(text)).toBe(text);
});

test('an empty fragment goes, because it identifies nothing', () => {
  expect(read('http://shop.example/a#')).toBe('http://shop.example/a');
});

test.each([
  ['http://a.shop.example/x', 'NAME shop.example'],
  ['http://shop.example./', 'NAME shop.example'],
  ['http://www.bank.example@shop.example/', 'NAME shop.example'],
  ['http://shop.example\\@bank.example/', 'NAME shop.example'],
  ['http://192.0.2.7:8080/x', 'ADDRESS 192.0.2.7'],
  ['http://[2001:db8::7]:8080/x', 'ADDRESS 2001:db8::7'],
  ['http://tocsin-test.webflow.io/x', 'TENANT tocsin-test.webflow.io'],
])('%s has the resource %s', (text, resource) => {
  expect(resourceOf(text)).toBe(resource);
});

test.each([
  ['https://docs.google.com/forms/d/Tocsin/viewform', 'https://docs.google.com/forms/d/Tocsin/viewform'],
  ['http://docs.google.com/forms/d/Tocsin/viewform', 'https://docs.google.com/forms/d/Tocsin/viewform'],
  ['https://a:b@bit.ly/Tocsin#top', 'https://bit.ly/Tocsin'],
  ['https://bit.ly./Tocsin', 'https://bit.ly/Tocsin'],
  ['https://drive.google.com/?id=Tocsin', 'https://drive.google.com/?id=Tocsin'],
  ['https://mega.nz/#!Tocsin', 'https://mega.nz/#!Tocsin'],
  ['ftp://archive.org:2121/tocsin', 'ftp://archive.org:2121/tocsin'],
  ['https://s3.us-west-1.amazonaws.com/tocsin/x.html', 'https://s3.us-west-1.amazonaws.com/tocsin/x.html'],
])('the shared page %s is one resource however it was linked', (text, page) => {
  expect(resourceOf(text)).toBe(`PAGE ${page}`);
});

test.each([
  ['tcp://192.0.2.7:80', 'UNSUPPORTED_SCHEME'],
  ['javascript://shop.example/', 'UNSUPPORTED_SCHEME'],
  ['http://', 'UNRECOGNISED'],
  ['http://:80/', 'MALFORMED_URL'],
  ['http://shop.example:99999/', 'MALFORMED_URL'],
  ['http://shop.example:0/', 'MALFORMED_URL'],
  ['http://sh<op.example/', 'MALFORMED_URL'],
  ['http://sh!op.example/', 'MALFORMED_NAME'],
  ['http://192.0.2.7.8/', 'MALFORMED_URL'],
  ['http://printer.local/', 'RESERVED'],
  ['http://co.uk/x', 'PUBLIC_SUFFIX'],
  ['http://webflow.io/', 'SHARED_SUFFIX'],
  ['*.shop.example/x', 'MALFORMED_NAME'],
])('%s is refused as %s', (text, code) => {
  expect(read(text)).toBe(code);
});

function read(text: string): string {
  const answer = readObservable(text, null, { documentation: true });
  if (!answer.ok) return answer.code;
  expect(answer.observable.type).toBe('URL');
  return answer.observable.value;
}

function resourceOf(text: string): string {
  const answer = readObservable(text, 'URL', { documentation: true });
  return answer.ok ? `${answer.resource?.kind} ${answer.resource?.value}` : answer.code;
}
