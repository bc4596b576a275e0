import type { EntityMetadata } from 'typeorm';
import { expect, test } from 'vitest';

import { partsOf } from '../../src/platform/database/parts.ts';

class Thing {
  readonly kind = 'thing';
  get name(): string {
    return `${this.constructor.name} of some kind`;
  }
}

const LETTERS = [...'abcdefghij'];

function things() {
  const columns = ['id', ...LETTERS].map((name) => ({
    ...{ propertyName: name, databaseName: `${name}_column`, isPrimary: name === 'id' },
  }));
  return partsOf<Record<string, unknown>>({ columns, target: Thing } as unknown as EntityMetadata);
}

const holds = (part: { holds: ReadonlySet<string> }): string => [...part.holds].join('');

test('a part holds the key and what is asked for, and a row of it is of the entity’s class', () => {
  const part = things().with(new Set(['c', 'a', 'no column']));
  expect(part.columns).toBe('t."id_column", t."a_column", t."c_column"');
  const row = part.toEntity([1, 2, 3]);
  expect({ ...row }).toEqual({ id: 1, a: 2, c: 3 });
  expect(row).toBeInstanceOf(Thing);
  expect(row['name']).toContain('of some kind');
});

test('an entity is read in few parts: later ones are read as the least that holds them, or as the whole', () => {
  const parts = things();
  const first = [['a', 'b', 'c', 'd'], ['a', 'b', 'c'], ['e'], ['f'], ['g']].map((each) => parts.with(new Set(each)));
  expect(new Set(first).size).toBe(5);
  expect(parts.with(new Set(['c', 'b', 'a']))).toBe(first[1]);
  expect(holds(parts.with(new Set(['b'])))).toBe('idabc');
  expect(holds(parts.with(new Set(['d'])))).toBe('idabcd');
  expect(parts.with(new Set(['h']))).toBe(parts.whole);
  expect(parts.with(new Set())).not.toBe(parts.whole);
  expect(parts.with(new Set(LETTERS))).toBe(parts.whole);
});
