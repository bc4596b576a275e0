import { createReadStream, existsSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { readIndicatorRows } from '../../src/formats/csv.ts';
import { type ObservableType, type Reading } from '../../src/observable/observable.ts';
import { readObservable } from '../../src/observable/read-observable.ts';

// Indicators of the field, as text. They are not part of the project: nothing here resolves or connects to them.
const FEED = new URL('../../../shared/data/feed-mixed-20k.csv', import.meta.url);
const PAWN_STORM = new URL('../../../shared/data/pawn-storm-2017.csv', import.meta.url);

describe.skipIf(!existsSync(FEED))('a mixed feed of 20,015 rows', () => {
  test('has a reason for every refusal, and hashes and onion names as its only context', async () => {
    const readings = await readAll(FEED);
    expect(readings).toHaveLength(20_015);
    expect(tally(readings.map((reading) => (reading.ok ? 'accepted' : reading.code)))).toEqual({
      accepted: 19_988,
      SHARED_SUFFIX: 11,
      SHARED_NAME: 1,
      UNKNOWN_SUFFIX: 6,
      RESERVED: 6,
      IPV4_MAPPED: 2,
      MALFORMED_NAME: 1,
    });
    expect(
      tally(readings.flatMap((reading) => (reading.ok && !reading.resource ? [reading.observable.type] : []))),
    ).toEqual({
      FILE_MD5: 842,
      FILE_SHA1: 894,
      FILE_SHA256: 864,
      DOMAIN: 73,
    });
  });

  test('comes down to 15,080 resources', async () => {
    expect(tally(resources(await readAll(FEED)))).toEqual({ NAME: 7_152, TENANT: 3_618, ADDRESS: 4_284, MAILBOX: 26 });
  });

  test('is in normal form once read', async () => {
    for (const reading of await readAll(FEED)) {
      if (reading.ok) expect(readObservable(reading.observable.value, reading.observable.type)).toEqual(reading);
    }
  });
});

describe.skipIf(!existsSync(PAWN_STORM))('the 938 indicators of Pawn Storm', () => {
  test('are all read: 361 hashes of context and 568 resources', async () => {
    const readings = await readAll(PAWN_STORM);
    expect(readings.filter((reading) => reading.ok)).toHaveLength(938);
    expect(readings.filter((reading) => reading.ok && isHash(reading.observable.type))).toHaveLength(361);
    expect(tally(resources(readings))).toEqual({ NAME: 547, ADDRESS: 21 });
  });
});

async function readAll(file: URL): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const row of readIndicatorRows(createReadStream(file))) {
    if ('error' in row) throw new Error(`Line ${row.line}: ${row.hint}`);
    readings.push(readObservable(row.value, row.type));
  }
  return readings;
}

/** The kinds of the distinct resources. */
function resources(readings: readonly Reading[]): string[] {
  const distinct = readings.flatMap((reading) =>
    reading.ok && reading.resource ? [`${reading.resource.kind} ${reading.resource.value}`] : [],
  );
  return [...new Set(distinct)].map((resource) => resource.slice(0, resource.indexOf(' ')));
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function isHash(type: ObservableType): boolean {
  return type.startsWith('FILE_');
}
