import { expect, test } from 'vitest';

import { readObservable } from '../../src/observable/read-observable.ts';

const DOCUMENTATION = { documentation: true };

test.each([
  ['', 'EMPTY', 'Send a value'],
  [' \t\r\n', 'EMPTY', 'Send a value'],
  ['a'.repeat(2049), 'TOO_LONG', '2048 bytes'],
  ['é'.repeat(1025), 'TOO_LONG', '2048 bytes'],
  [`http://shop.example/${'é'.repeat(400)}`, 'TOO_LONG', '2048 bytes'],
  ['shop\u0000.example', 'CONTROL_CHARACTER', 'one value per item'],
  ['shop.example\nbank.example', 'CONTROL_CHARACTER', 'one value per item'],
  ['http://shop.example/\ud800', 'CONTROL_CHARACTER', 'one value per item'],
  ['sh\u200bop.example', 'INVISIBLE_CHARACTER', 'U+200B at position 3'],
  ['\u202eelpmaxe.pohs', 'INVISIBLE_CHARACTER', 'U+202E at position 1'],
  ['http://shop.example/a\u00ad', 'INVISIBLE_CHARACTER', 'U+00AD at position 22'],
  ['shop.example bank.example', 'WHITESPACE', '%20'],
  ['http://shop.example/a b', 'WHITESPACE', '%20'],
  ['hello', 'UNRECOGNISED', 'Send a domain, URL'],
  ['/etc/passwd', 'UNRECOGNISED', 'Send a domain, URL'],
  ['shop((.))example', 'UNRECOGNISED', 'Send a domain, URL'],
  ['d41d8cd98f00b204e9800998ecf8427', 'MALFORMED_HASH', '31 hexadecimal digits'],
])('%j is refused as %s', (text, code, hint) => {
  expect(refusal(text)).toEqual([code, expect.stringContaining(hint)]);
});

test.each([
  ['shop..example', 'MALFORMED_NAME', 'RFC 1035'],
  ['.shop.example', 'MALFORMED_NAME', 'RFC 1035'],
  ['shop.example..', 'MALFORMED_NAME', 'RFC 1035'],
  [`${'a'.repeat(64)}.example`, 'MALFORMED_NAME', '1 to 63'],
  [`${'a.'.repeat(124)}example`, 'MALFORMED_NAME', '253'],
  ['sh!op.example', 'MALFORMED_NAME', 'characters'],
  ['sh%6Fp.example', 'MALFORMED_NAME', 'characters'],
  ['a.*.shop.example', 'MALFORMED_NAME', 'characters'],
  ['shop.tocsin-no-such-tld', 'UNKNOWN_SUFFIX', 'tocsin-no-such-tld'],
  ['fr', 'PUBLIC_SUFFIX', 'the name below it'],
  ['co.uk', 'PUBLIC_SUFFIX', 'the name below it'],
  ['*.co.uk', 'PUBLIC_SUFFIX', 'the name below it'],
  ['tocsin-test.ck', 'PUBLIC_SUFFIX', 'the name below it'],
  ['example', 'PUBLIC_SUFFIX', 'the name below it'],
  ['webflow.io', 'SHARED_SUFFIX', "customer's name or the URL"],
  ['s3.us-west-1.amazonaws.com', 'SHARED_SUFFIX', "customer's name or the URL"],
  ['www.weebly.com', 'SHARED_SUFFIX', "customer's name or the URL"],
  ['uk.com', 'SHARED_SUFFIX', "customer's name or the URL"],
  ['docs.google.com', 'SHARED_NAME', 'exact URL'],
  ['bit.ly:443', 'SHARED_NAME', 'exact URL'],
  ['https://bit.ly/', 'SHARED_NAME', 'exact URL'],
  ['localhost', 'RESERVED', 'RFC 6761'],
  ['printer.local', 'RESERVED', 'RFC 6762'],
  ['shop.test', 'RESERVED', 'RFC 6761'],
  ['shop.invalid', 'RESERVED', 'RFC 6761'],
  ['7.2.0.192.in-addr.arpa', 'RESERVED', 'send the address itself'],
  ['tocsin.onion', 'MALFORMED_NAME', '56 characters'],
])('the name %s is refused as %s', (text, code, hint) => {
  expect(refusal(text)).toEqual([code, expect.stringContaining(hint)]);
});

test.each([
  ['0177.0.0.1', 'AMBIGUOUS_ADDRESS', 'leading zeros'],
  ['2130706433', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['0x7f000001', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['192.0.2', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['192.0.2.256', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['192.0.2.07:80', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['１９２.０.２.７', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['3221226000/login', 'AMBIGUOUS_ADDRESS', 'four decimal numbers'],
  ['::ffff:192.0.2.7', 'IPV4_MAPPED', 'Send 192.0.2.7'],
  ['[0:0:0:0:0:ffff:c000:207]:53', 'IPV4_MAPPED', 'Send 192.0.2.7'],
  ['http://[::ffff:192.0.2.7]/', 'IPV4_MAPPED', 'Send 192.0.2.7'],
  ['fe80::1%eth0', 'ZONED', 'global address'],
  ['fe80::1%eth0/64', 'ZONED', 'global address'],
  ['2001:db8::1::2', 'MALFORMED_ADDRESS', 'Send a form such as'],
  ['2001:db8::192.0.2.07', 'MALFORMED_ADDRESS', 'Send a form such as'],
  ['192.0.2.0/33', 'MALFORMED_ADDRESS', '192.0.2.0/33'],
  ['[192.0.2.7]:80', 'MALFORMED_ADDRESS', 'address:port'],
  ['192.0.2.7:0', 'MALFORMED_PORT', '1 to 65535'],
  ['shop.example:65536', 'MALFORMED_PORT', '1 to 65535'],
  ['shop.example:', 'MALFORMED_PORT', '1 to 65535'],
  ['192.0.2.7/24', 'HOST_BITS', 'Send 192.0.2.0/24 for the network, or 192.0.2.7 for the one address'],
  ['2001:db8::7/64', 'HOST_BITS', 'Send 2001:db8::/64'],
  ['0.0.0.0/0', 'TOO_WIDE', 'the networks that are meant'],
  ['8.0.0.0/7', 'TOO_WIDE', 'the networks that are meant'],
  ['2000::/15', 'TOO_WIDE', 'the networks that are meant'],
])('the address %s is refused as %s', (text, code, hint) => {
  expect(refusal(text)).toEqual([code, expect.stringContaining(hint)]);
});

test.each([
  ['0.0.0.0', 'RFC 791'],
  ['10.1.2.3', 'RFC 1918'],
  ['100.64.0.1', 'RFC 6598'],
  ['127.0.0.1', 'loopback'],
  ['169.254.1.1:80', 'link-local'],
  ['172.31.255.255', 'RFC 1918'],
  ['192.168.0.0/24', 'RFC 1918'],
  ['198.19.0.1', 'RFC 2544'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['192.0.0.0/8', '192.0.0.0/24'],
  ['192.128.0.0/9', '192.168.0.0/16'],
  ['http://127.1/', 'loopback'],
  ['http://2130706433/', 'loopback'],
  ['http://0x7f.0.0.1/', 'loopback'],
  ['::', 'outside 2000::/3'],
  ['::1', 'outside 2000::/3'],
  ['fe80::1', 'link-local'],
  ['fd00::1', 'RFC 4193'],
  ['ff02::1', 'multicast'],
  ['2001::1', 'Teredo'],
  ['2002:c000:207::1', 'send that address'],
  ['64:ff9b::192.0.2.7', 'send that address'],
  ['4000::1', 'outside 2000::/3'],
])('%s has no holder: %s', (text, hint) => {
  expect(refusal(text)).toEqual(['RESERVED', expect.stringContaining(hint)]);
});

test.each([
  ['192.0.2.7', 'RFC 5737'],
  ['198.51.100.0/24', 'RFC 5737'],
  ['203.0.113.7:80', 'RFC 5737'],
  ['2001:db8::1', 'RFC 3849'],
  ['3fff::1', 'RFC 9637'],
  ['shop.example', 'RFC 2606'],
  ['http://www.example.org/', 'RFC 2606'],
  ['desk@example.com', 'RFC 2606'],
])('%s is for documentation only (%s)', (text, hint) => {
  expect(readObservable(text)).toMatchObject({ ok: false, code: 'RESERVED', hint: expect.stringContaining(hint) });
  expect(readObservable(text, null, DOCUMENTATION).ok).toBe(true);
});

test.each([
  ['Desk <desk@shop.example>', 'WHITESPACE'],
  ['mailto:desk@shop.example', 'MALFORMED_EMAIL'],
  ['"a.b"@shop.example', 'MALFORMED_EMAIL'],
  ['a..b@shop.example', 'MALFORMED_EMAIL'],
  ['@shop.example', 'MALFORMED_EMAIL'],
  ['desk@desk@shop.example', 'MALFORMED_EMAIL'],
  [`${'a'.repeat(65)}@shop.example`, 'MALFORMED_EMAIL'],
  [`${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`, 'MALFORMED_EMAIL'],
  ['desk@[192.0.2.7]', 'MALFORMED_NAME'],
  ['desk@shop.tocsin-no-such-tld', 'UNKNOWN_SUFFIX'],
  ['desk@co.uk', 'PUBLIC_SUFFIX'],
])('the e-mail address %s is refused as %s', (text, code) => {
  expect(refusal(text)[0]).toBe(code);
});

test('a hint quotes what was sent shortly, on one line and well-formed', () => {
  const [, hint] = refusal('shop.example', `\u0000-${'\u{1f514}'.repeat(60)}`);
  expect(hint.isWellFormed()).toBe(true);
  expect(hint).toMatch(/^"\uFFFD-[^"\p{Cc}]{38}\.\.\." is no type/u);
});

function refusal(text: string, hint?: string): [code: string, hint: string] {
  const answer = readObservable(text, hint, DOCUMENTATION);
  return answer.ok ? ['ACCEPTED', JSON.stringify(answer)] : [answer.code, answer.hint];
}
