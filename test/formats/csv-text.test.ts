import { expect, test } from 'vitest';

import { csvRecord } from '../../src/formats/csv-text.ts';

test('a record is its fields and a line ending; what is null is empty', () => {
  expect(csvRecord(['a', null, 7, new Date('2026-01-02T03:04:05Z'), ''])).toBe('a,,7,2026-01-02T03:04:05.000Z,\r\n');
});

test.each([
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\nlines', '"two\nlines"'],
  ['a\r', '"a\r"'],
])('a field with a delimiter, a quote or a line ending in it is quoted: %j', (field, written) => {
  expect(csvRecord([field])).toBe(`${written}\r\n`);
});

test.each([
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-7', "'-7"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', '"\'\r=1"'],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
])('what a spreadsheet would take for a formula stays a text: %j', (field, written) => {
  expect(csvRecord([field])).toBe(`${written}\r\n`);
});

test('a number of ours may be negative', () => {
  expect(csvRecord([-7])).toBe('-7\r\n');
});
