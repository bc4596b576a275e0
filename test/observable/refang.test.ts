import { expect, test } from 'vitest';

import { readObservable } from '../../src/observable/read-observable.ts';
import { defang } from '../../src/observable/refang.ts';

test.each([
  ['shop[.]example', 'shop.example'],
  ['shop(.)example', 'shop.example'],
  ['shop{.}example', 'shop.example'],
  ['shop[dot]example', 'shop.example'],
  ['shop(DOT)example', 'shop.example'],
  ['shop {dot} example', 'shop.example'],
  ['shop [ . ] example', 'shop.example'],
  ['shop[.example', 'shop.example'],
  ['shop.]example', 'shop.example'],
  ['192[.]0[.]2[.]7', '192.0.2.7'],
  ['192.0.2[.]7[:]443', '192.0.2.7:443'],
  ['2001[:]db8[:][:]7', '2001:db8::7'],
  ['desk[@]shop[.]example', 'desk@shop.example'],
  ['desk(at)shop(dot)example', 'desk@shop.example'],
  ['desk(AT)shop(DOT)example', 'desk@shop.example'],
  ['desk {at} shop {dot} example', 'desk@shop.example'],
  ['hxxp://shop.example/', 'http://shop.example/'],
  ['hXXps://shop[.]example/', 'https://shop.example/'],
  ['h**p://shop.example/', 'http://shop.example/'],
  ['fxp://shop.example/', 'ftp://shop.example/'],
  ['hxxps[:]//shop[.]example/', 'https://shop.example/'],
  ['http[://]shop.example/', 'http://shop.example/'],
  ['http:[//]shop.example/', 'http://shop.example/'],
  ['shop[.]example/a', 'http://shop.example/a'],
])('%s is refanged to %s', (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ['hxxp://shop.example/a[.]exe', 'http://shop.example/a.exe'],
  ['http://shop[.]example/a[.]exe?to=desk[@]bank[.]example', 'http://shop.example/a.exe?to=desk@bank.example'],
  ['http[:]//shop.example/a[.]exe', 'http://shop.example/a.exe'],
  ['shop[.]example/a[.]exe', 'http://shop.example/a.exe'],
  ['http://shop.example/a[.]exe', 'http://shop.example/a[.]exe'],
  ['hxxp://shop.example/a(.)exe', 'http://shop.example/a(.)exe'],
])('the path of %s is refanged only with the host', (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ['shop.example', 'shop[.]example'],
  ['192.0.2.7:443', '192[.]0[.]2[.]7:443'],
  ['[2001:db8::7]:443', '[2001:db8::7]:443'],
  ['desk@shop.example', 'desk[@]shop[.]example'],
  ['http://shop.example/a.exe?to=desk@bank.example', 'hxxp://shop[.]example/a.exe?to=desk@bank.example'],
  ['https://user@shop.example:8443/', 'hxxps://user[@]shop[.]example:8443/'],
  ['ftp://shop.example/', 'fxp://shop[.]example/'],
  ['d41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e'],
])('%s is shown as %s and read back', (value, shown) => {
  expect(defang(value)).toBe(shown);
  expect(read(shown)).toBe(value);
});

function read(text: string): string {
  const answer = readObservable(text, null, { documentation: true });
  return answer.ok ? answer.observable.value : answer.code;
}
