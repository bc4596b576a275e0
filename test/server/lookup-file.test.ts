import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { ResourceKind } from '../../src/observable/observable.ts';
import { readLookupFile } from '../../src/server/lookup-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-lookups-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a trial answers look-ups from a file, makes none without it, and does not start on one that it cannot read', async () => {
  expect(readLookupFile(folder)).toBeNull();
  writeFileSync(path.join(folder, 'lookups.json'), '{"shop.example": {"registrarIanaId": 1234}}');
  const looked = { kind: ResourceKind.NAME, value: 'shop.example', host: 'shop.example' };
  const found = await readLookupFile(folder)?.find(looked, AbortSignal.timeout(1000));
  expect(found).toMatchObject({ registrarIanaId: 1234 });
  writeFileSync(path.join(folder, 'lookups.json'), '{"shop.example": {"registrar": "?"}}');
  expect(() => readLookupFile(folder)).toThrow(/lookups\.json is not what look-ups are answered from/);
});
