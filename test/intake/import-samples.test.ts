import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createWorld, type Party, type World } from '../support/world.ts';
import { imports, type Result } from './importer.ts';

// Documents of the field, as text. They are not part of the project: nothing here resolves or connects to what they name.
const places = ['../../../', '../../../../'].map((up) =>
  fileURLToPath(new URL(`${up}shared/data/samples`, import.meta.url)),
);
const SAMPLES = places.find((place) => existsSync(place)) ?? places[0] ?? '';
const files = globSync('{stix21,stix20,misp}/*.json', { cwd: SAMPLES }).sort();

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());

/** Everything that a reader of the file would call an object, counted without our code. */
function countOf(file: string, value: unknown): number {
  const list = (each: unknown): unknown[] => (Array.isArray(each) ? each : []);
  if (!file.startsWith('misp'))
    return Array.isArray(value) ? value.length : list((value as { objects?: unknown }).objects ?? [value]).length;
  const { Event, response } = value as { Event?: object; response?: { Event: object }[] };
  const events = (response?.map((each) => each.Event) ?? [Event ?? value]) as Record<string, unknown>[];
  const attributes = (holder: Record<string, unknown>): number =>
    list(holder.Attribute).reduce<number>(
      (sum, each) => sum + 1 + list((each as Record<string, unknown>).ShadowAttribute).length,
      0,
    );
  return events.reduce((sum, event) => {
    const objects = list(event.Object) as Record<string, unknown>[];
    const inside = objects.reduce((all, object) => all + 1 + attributes(object), 0);
    return sum + 1 + attributes(event) + inside + list(event.ShadowAttribute).length;
  }, 0);
}

describe.skipIf(!existsSync(SAMPLES))('documents of the field', () => {
  test.each(files)('%s: every object is answered, again with the same effect', async (file) => {
    const text = readFileSync(`${SAMPLES}/${file}`, 'utf8');
    const first = await imports(vendor, text, { takeUnflagged: true });
    expect(first.errors).toEqual([]);
    expect(first.results).toHaveLength(countOf(file, JSON.parse(text)));
    const again = await imports(vendor, text, { takeUnflagged: true });
    expect(again.receipt).toBeNull();
    expect(again.results.some(({ status }: Result) => status === 'ACCEPTED' || status === 'CONTEXT')).toBe(false);
    expect(again.reports).toEqual(first.reports);
  });
});
