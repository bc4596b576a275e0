import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readPattern } from '../../src/formats/stix/pattern.ts';

/** `type text` for each value, or the reason. */
function read(pattern: string): string[] | string {
  const reading = readPattern(pattern);
  return 'reason' in reading ? reading.reason : reading.values.map(({ text, type }) => `${type} ${text}`);
}

const MD5 = '0123456789abcdef0123456789abcdef';

describe('a STIX pattern names', () => {
  test.each([
    ["[domain-name:value = 'bad.example']", ['domain bad.example']],
    ["[ipv4-addr:value='192.0.2.1']", ['ip 192.0.2.1']],
    ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ['ip 192.0.2.0/24']],
    ["[ipv6-addr:value == '2001:db8::1']", ['ip 2001:db8::1']],
    ["[url:value = 'http://bad.example/it\\'s?a=\\\\b']", ["url http://bad.example/it's?a=\\b"]],
    ["[email-message:from_ref.value = 'a@bad.example']", ['email a@bad.example']],
    [`[file:hashes.'MD5' = '${MD5}']`, [`md5 ${MD5}`]],
    [`[file:hashes.md5 = '${MD5}' AND file:name = 'x']`, [`md5 ${MD5}`]],
    [`[file:hashes."MD5" = '${MD5}']`, 'it cannot be read from character 14 on'],
    [`[file:hashes.'SHA-256' = 'a' OR file:hashes.SHA256 = 'b']`, ['sha256 a', 'sha256 b']],
    [`[x509-certificate:hashes.'SHA-256' = 'a']`, ['x509-sha256 a']],
    ["[domain-name:value IN ('a.example', 'b.example')]", ['domain a.example', 'domain b.example']],
    [
      "[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']",
      ['domain a.example', 'url http://b.example/'],
    ],
    [
      "([domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']) WITHIN 5 SECONDS",
      ['domain a.example', 'domain b.example'],
    ],
    ["[domain-name:value = 'a.example'] REPEATS 5 TIMES", ['domain a.example']],
    [
      "[domain-name:value = 'a.example'] START t'2017-04-01T00:00:00Z' STOP t'2017-05-01T00:00:00Z'",
      ['domain a.example'],
    ],
    ["[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", ['domain a.example']],
    ["[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]", ['ip-port 192.0.2.1:443']],
    [
      "[network-traffic:dst_port = 443 AND network-traffic:dst_ref.value = '2001:db8::1']",
      ['ip-port [2001:db8::1]:443'],
    ],
    ["[network-traffic:dst_ref.value = 'c2.example']", ['null c2.example']],
    ["[domain-name:value = 'a.example' OR file:name = 'x.exe']", ['domain a.example']],
    ["[domain-name:value = 'AND']", ['domain AND']],
  ])('%s', (pattern, expected) => expect(read(pattern)).toEqual(expected));
});

describe('a STIX pattern gives nothing, and says why', () => {
  test.each([
    ["[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']", /together/],
    ["[domain-name:value = 'a.example'] FOLLOWEDBY [url:value = 'http://b.example/']", /together/],
    ["[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']", /together/],
    ["[domain-name:value LIKE '%.example']", /LIKE/],
    ["[domain-name:value MATCHES '(a+)+$']", /MATCHES/],
    ["[domain-name:value != 'a.example']", /!=/],
    ["[domain-name:value NOT = 'a.example']", /NOT/],
    ['[EXISTS domain-name:value]', /EXISTS/],
    ["[file:name = 'x.exe']", /file:name/],
    ["[x509-certificate:serial_number = '01']", /serial_number/],
    ["[domain-name:resolves_to_refs[0].value = '192.0.2.1']", /resolves_to_refs/],
    ['[network-traffic:dst_port = 443]', /dst_port stands alone/],
    ['[domain-name:value = 5]', /no text/],
    ['', /ends too early/],
    ['[]', /cannot be read/],
    ["[domain-name:value = 'a.example'", /ends too early/],
    ["[domain-name:value = 'a.example", /cannot be read/],
    ["[domain-name:value = 'a.example']]", /stands where/],
    ["[domain-name:value IN ('a.example'", /ends too early/],
    ['\u0000', /cannot be read/],
    [`${'('.repeat(60)}[domain-name:value = 'a.example']${')'.repeat(60)}`, /deeper than 50/],
    [`[${'('.repeat(60)}domain-name:value = 'a.example'${')'.repeat(60)}]`, /deeper than 50/],
    ['['.repeat(60_000), /cannot be read/],
    [`[domain-name:value = '${'a'.repeat(70_000)}']`, /longer than/],
  ])('%.80s', (pattern, reason) => expect(read(pattern)).toMatch(reason));

  test('whatever the text is', () => {
    const words = fc.constantFrom(
      ...[
        "[domain-name:value = 'a.example']",
        '[',
        ']',
        '(',
        ')',
        "'",
        '\\',
        'AND',
        'OR',
        'FOLLOWEDBY',
        'NOT',
        'IN',
        '=',
      ],
      ...['file:hashes', '.', "'MD5'", '[*]', 'START', "t'x'", 'WITHIN', '5', 'SECONDS', 'EXISTS', ':', ',', '-', '🜁'],
    );
    const patterns = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 30 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(patterns, (pattern) => {
        const reading = readPattern(pattern);
        if ('reason' in reading) expect(reading.reason).not.toBe('');
        else expect(reading.values.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
