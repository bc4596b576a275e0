import { createReadStream } from 'node:fs';

import { readIndicatorRows } from '../../src/formats/csv.ts';

export interface BenchIndicator {
  readonly value: string;
  readonly category: string;
}

/**
 * Indicators in the mix of a real feed (48 % names, 24 % URLs, 15 % addresses, 13 % hashes; three in four resources
 * named once), made from numbers so that the bench runs anywhere. `salt` makes a set that shares nothing with another.
 */
export function madeIndicators(count: number, salt: number): BenchIndicator[] {
  return Array.from({ length: count }, (_, n) => ({ value: madeValue(n, salt), category: 'PHISHING' }));
}

function madeValue(n: number, salt: number): string {
  const kind = (n * 37) % 100;
  const name = `name-${salt}-${n % 4 === 0 ? n : n - (n % 2)}.example`;
  if (kind < 48) return name;
  if (kind < 72) return `http://www.${name}/login/${n}?session=${n * 7919}`;
  if (kind < 87) return `2001:db8:${salt.toString(16)}::${n.toString(16)}`;
  return (BigInt(n) * 104_729n + BigInt(salt)).toString(16).padStart(32, 'a');
}

/** The values of a CSV feed, for whoever has one. */
export async function feedIndicators(file: string): Promise<BenchIndicator[]> {
  const rows: BenchIndicator[] = [];
  for await (const row of readIndicatorRows(createReadStream(file))) {
    if ('value' in row) rows.push({ value: row.value, category: 'PHISHING' });
  }
  return rows;
}
