import { constants } from 'node:buffer';

import { expect, test } from 'vitest';

import { type IndicatorRow, readIndicatorRows } from '../../src/formats/csv.ts';
import type { RowError } from '../../src/formats/row-error.ts';

test('a row gives what its columns hold, and nothing for empty cells', async () => {
  const csv = [
    'type,value,threat,first_seen,last_seen,confidence,id,note,source',
    'domain, shop.example ,phishing,2017-03-15,2017-04,80,7,"set up, then used",ours',
    ',bank.example,,,,,,,',
  ];
  expect(await read(csv.join('\n'))).toEqual([
    {
      line: 2,
      type: 'domain',
      value: 'shop.example',
      category: 'phishing',
      firstSeen: '2017-03-15',
      lastSeen: '2017-04',
      confidence: 80,
      externalId: '7',
      comment: 'set up, then used',
    },
    { line: 3, value: 'bank.example' },
  ]);
});

test.each([
  ['Value', { value: 'x.example' }],
  ['INDICATOR', { value: 'x.example' }],
  ['ioc', { value: 'x.example' }],
  ['"value"', { value: 'x.example' }],
])('the value column may be called %s', async (header, row) => {
  expect(await read(`${header}\nx.example\n`)).toEqual([{ line: 2, ...row }]);
});

test.each([
  ['Category', 'category'],
  ['threat', 'category'],
  ['First Seen', 'firstSeen'],
  ['firstseen', 'firstSeen'],
  ['last-seen', 'lastSeen'],
  ['external_id', 'externalId'],
  ['ID', 'externalId'],
  ['note', 'comment'],
  ['notes', 'comment'],
  ['description', 'comment'],
])('the column %s is read as %s', async (name, column) => {
  expect(await read(`value,${name}\nx.example,y`)).toEqual([{ line: 2, value: 'x.example', [column]: 'y' }]);
});

test('of two names for one column the preferred one counts, wherever it stands', async () => {
  expect(await read('ioc,value,note,comment\na,b,c,d')).toEqual([{ line: 2, value: 'b', comment: 'd' }]);
});

test.each([
  ['commas', 'value,type\nx.example,domain'],
  ['semicolons', 'value;type\nx.example;domain'],
  ['tabs', 'value\ttype\nx.example\tdomain'],
  ['semicolons, with commas in a name', '"value";type;"a, b"\nx.example;domain;'],
])('the delimiter is taken from the header: %s', async (_name, csv) => {
  expect(await read(csv)).toEqual([{ line: 2, value: 'x.example', type: 'domain' }]);
});

test('a byte order mark, CRLF, comments and blank lines before the header are passed over', async () => {
  expect(await read('\uFEFF# exported, today\r\n\r\nvalue,type\r\nx.example,domain\r\n\r\n,\r\n')).toEqual([
    { line: 4, value: 'x.example', type: 'domain' },
  ]);
});

test.each([1, 2, 3, 4, 5])(
  'one byte order mark is dropped, a second is text, also when %i bytes come first',
  async (n) => {
    const bytes = Buffer.from('\uFEFF\uFEFF#value\nvalue\nx.example\n');
    const parts = async function* () {
      yield bytes.subarray(0, n);
      yield await Promise.resolve(bytes.subarray(n));
    };
    expect(await collect(parts())).toMatchObject([{ line: 1, error: 'NO_VALUE_COLUMN' }]);
  },
);

test('after the header a line that begins with # is a row', async () => {
  expect(await read('id,value\n#7,x.example')).toEqual([{ line: 2, value: 'x.example', externalId: '#7' }]);
});

test('a quoted field keeps delimiters, doubled quotes and line breaks, and later rows their line numbers', async () => {
  expect(await read('value,note\nx.example,"a, ""b""\r\nc\n\nd"\ny.example,e')).toEqual([
    { line: 2, value: 'x.example', comment: 'a, "b"\nc\n\nd' },
    { line: 6, value: 'y.example', comment: 'e' },
  ]);
});

test.each([
  ['a,b', 'COLUMN_COUNT', '2 fields under 3 columns'],
  ['a,b,c,d', 'COLUMN_COUNT', '4 fields under 3 columns'],
  ['"a,b,', 'BROKEN_QUOTES', 'double each quote'],
  ['"a"b,c,', 'BROKEN_QUOTES', 'double each quote'],
  ['a"b,c,', 'BROKEN_QUOTES', 'double each quote'],
  [',domain,', 'EMPTY_VALUE', 'leave the row out'],
  ['a,,101', 'BAD_CONFIDENCE', '0 to 100'],
  ['a,,0.8', 'BAD_CONFIDENCE', '0 to 100'],
  ['a,,high', 'BAD_CONFIDENCE', '0 to 100'],
  ['x'.repeat(65_537), 'TOO_LONG', '65536'],
  [`"${'x'.repeat(65_537)}",,`, 'TOO_LONG', '65536'],
])('the row %.20j is an error in its place and costs no other row', async (row, error, hint) => {
  expect(await read(`value,type,confidence\nx.example,,0\n${row}\ny.example,,100\n`)).toEqual([
    { line: 2, value: 'x.example', confidence: 0 },
    { line: 3, error, hint: expect.stringContaining(hint) },
    { line: 4, value: 'y.example', confidence: 100 },
  ]);
});

test('a header of one column is delimited by commas', async () => {
  expect(await read('value\na.example,b.example')).toEqual([
    { line: 2, error: 'COLUMN_COUNT', hint: expect.stringContaining('2 fields under 1 columns') },
  ]);
});

test.each([
  ['"x.example" , "tea" ', 'tea'],
  ['" x.example ", tea', 'tea'],
  ['"x.example",tea\rtime', 'tea\rtime'],
])('white space around fields goes, quoted or not: %j', async (row, comment) => {
  expect(await read(`value,note\n${row}\ny.example,`)).toEqual([
    { line: 2, value: 'x.example', comment },
    { line: 3, value: 'y.example' },
  ]);
});

test('a quote that is closed 25 lines later is two mistakes, and the rows between are rows', async () => {
  const rows = Array.from({ length: 30 }, (_, row) => `${row === 2 ? '"' : ''}r${row}.example${row === 27 ? '"' : ''}`);
  const items = await read(['value', ...rows].join('\n'));
  expect(items).toHaveLength(30);
  expect(items.filter((item) => 'error' in item).map(({ line }) => line)).toEqual([4, 29]);
});

test('a line too long to be kept is no part of a quoted field', async () => {
  const items = await read(`value,note\nx.example,"a\n${'x'.repeat(65_537)}\nb"\ny.example,c`);
  expect(items.map((item) => ('error' in item ? item.error : item.value))).toEqual([
    'BROKEN_QUOTES',
    'TOO_LONG',
    'BROKEN_QUOTES',
    'y.example',
  ]);
});

test.each([3, 15, 30, 60])('quotes that are never closed, every %i rows, cost their rows only', async (every) => {
  const rows = Array.from({ length: 60 }, (_, row) => (row % every === 0 ? `"r${row}.example` : `r${row}.example`));
  const items = await read(['value', ...rows].join('\n'));
  expect(items).toHaveLength(60);
  expect(items.filter((item) => 'error' in item)).toHaveLength(60 / every);
});

test('bytes that are not UTF-8 cost their row', async () => {
  const latin1 = Buffer.from('value,note\nx.example,caf\u00e9\ny.example,tea', 'latin1');
  expect(await collect(chunks(latin1, 100))).toEqual([
    { line: 2, error: 'NOT_UTF8', hint: expect.stringContaining('Save the file as UTF-8') },
    { line: 3, value: 'y.example', comment: 'tea' },
  ]);
});

test.each([
  ['', 'NO_HEADER', 1],
  ['# only a comment\n\n', 'NO_HEADER', 2],
  ['"value\nx.example', 'NO_HEADER', 1],
  ['type,name\ndomain,x.example', 'NO_VALUE_COLUMN', 1],
  ['x.example\ny.example', 'NO_VALUE_COLUMN', 1],
])('%j gives one error for the file: %s', async (csv, error, line) => {
  expect(await read(csv)).toEqual([{ line, error, hint: expect.stringContaining('value') }]);
});

test('a missing value column is told with the columns that were found', async () => {
  expect(await read('type,\u0000name\na,b')).toEqual([
    { line: 1, error: 'NO_VALUE_COLUMN', hint: expect.stringContaining('type, \uFFFDname.') },
  ]);
});

test.each([1, 2, 3, 7, 1_000])('rows do not depend on where the source is cut: every %i bytes', async (size) => {
  const csv = Buffer.from('\uFEFFvalue;note\r\n"x.example";"é\r\n""ü"""\r\ny.example;日本\r\n');
  expect(await collect(chunks(csv, size))).toEqual([
    { line: 2, value: 'x.example', comment: 'é\n"ü"' },
    { line: 4, value: 'y.example', comment: '日本' },
  ]);
});

test('the source is read no further than asked for, and closed when the reader stops', async () => {
  let taken = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (yield Buffer.from('value\n'); ; taken += 1) yield Buffer.from(`r${taken}.example\n`);
    } finally {
      closed = true;
    }
  }
  for await (const row of readIndicatorRows(endless())) if (row.line === 4) break;
  expect(taken).toBeLessThan(5);
  expect(closed).toBe(true);
});

test('a character cut off by the end of the file costs its row', async () => {
  const cut = Buffer.concat([Buffer.from('value,note\nx.example,caf'), Buffer.from([0xc3])]);
  expect(await collect(chunks(cut, 100))).toMatchObject([{ line: 2, error: 'NOT_UTF8' }]);
});

test('a last line too long to be kept is told as well', async () => {
  expect(await read(`value\n${'x'.repeat(70_000)}`)).toMatchObject([{ line: 2, error: 'TOO_LONG' }]);
});

test('a line longer than any string can be is dropped while it comes in', async () => {
  const part = Buffer.alloc(1_048_576, 'x');
  async function* long(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('value\n');
    for (let sent = 0; sent <= constants.MAX_STRING_LENGTH; sent += part.length) yield part;
    yield Buffer.from('\ny.example');
  }
  expect(await collect(long())).toEqual([
    { line: 2, error: 'TOO_LONG', hint: expect.stringContaining('65536') },
    { line: 3, value: 'y.example' },
  ]);
});

test('an error of the source reaches the reader', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('value\nx.example\n');
    throw new Error('connection lost');
  }
  await expect(collect(failing())).rejects.toThrow('connection lost');
});

function read(csv: string): Promise<(IndicatorRow | RowError)[]> {
  return collect(chunks(Buffer.from(csv), 1_000_000));
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<(IndicatorRow | RowError)[]> {
  const items: (IndicatorRow | RowError)[] = [];
  for await (const item of readIndicatorRows(bytes)) items.push(item);
  return items;
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
