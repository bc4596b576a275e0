import { existsSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { ROOT, read, tableUnder } from './documents.ts';

const PAGE = 'docs/threat-model.md';
const threats = tableUnder(PAGE, '## Threats');
const kept = ['## What sources keep back', '## Who signs in, and who acts'].flatMap((title) => tableUnder(PAGE, title));

/** Each test that a page names, as `file`: "title". */
const cited = [...read(PAGE).matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = '', title = '']) => ({
  file,
  title,
}));

describe('docs/threat-model.md', () => {
  test('has the 34 threats, each once and in order', () => {
    expect(threats.map(([number]) => Number(number))).toEqual(Array.from({ length: 34 }, (_, index) => index + 1));
  });

  test('names a test for every threat, or says that it is left out, and why', () => {
    for (const [number, , defence = '', , tests = ''] of threats) {
      expect([number, tests.startsWith('`test/') || defence.startsWith('Left out')]).toEqual([number, true]);
    }
    for (const [threat, , , tests = ''] of kept) expect([threat, tests.startsWith('`test/')]).toEqual([threat, true]);
  });

  test('names only tests that there are, by the titles that they bear', () => {
    expect(cited.length).toBeGreaterThan(60);
    const missing = cited.filter(({ file, title }) => !existsSync(path.join(ROOT, file)) || !bears(read(file), title));
    expect(missing).toEqual([]);
  });

  test('names only files that there are', () => {
    const named = [...threats.map((row) => row[3]), ...kept.map((row) => row[2])].flatMap((cell = '') =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    );
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });
});

/** Whether a test, or a group of them, has this title as it is written. */
const bears = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
