import type { EntityMetadata, ObjectLiteral } from 'typeorm';

import { MOST_PARTS } from './kept-statements.ts';

/** Columns of an entity that are read together, and how a row of their values becomes one. */
export interface Part<Entity extends ObjectLiteral = ObjectLiteral> {
  /** What stands between SELECT and FROM. */
  readonly columns: string;
  readonly holds: ReadonlySet<string>;
  readonly toEntity: (values: readonly unknown[]) => Entity;
}

/** The parts in which rows of an entity are read: the first few that are asked for, and the whole. */
export class Parts<Entity extends ObjectLiteral> {
  readonly whole: Part<Entity>;
  private readonly some: Part<Entity>[] = [];

  constructor(private readonly metadata: EntityMetadata) {
    this.whole = partOf(metadata, () => true);
  }

  /** The smallest part that is known, or may still be made, to hold these properties; the key is in all. */
  with(properties: ReadonlySet<string>): Part<Entity> {
    const wanted = this.metadata.columns.filter(
      ({ isPrimary, propertyName }) => isPrimary || properties.has(propertyName),
    );
    const names = new Set(wanted.map(({ propertyName }) => propertyName));
    const fitting = this.some.filter(({ holds }) => [...names].every((name) => holds.has(name)));
    const exact = fitting.find(({ holds }) => holds.size === names.size);
    if (exact) return exact;
    if (names.size === this.whole.holds.size) return this.whole;
    if (this.some.length < MOST_PARTS) {
      const made = partOf<Entity>(this.metadata, ({ propertyName }) => names.has(propertyName));
      this.some.push(made);
      return made;
    }
    return fitting.reduce((least, each) => (each.holds.size < least.holds.size ? each : least), this.whole);
  }
}

const known = new WeakMap<EntityMetadata, Parts<ObjectLiteral>>();

export function partsOf<Entity extends ObjectLiteral>(metadata: EntityMetadata): Parts<Entity> {
  const parts = (known.get(metadata) as Parts<Entity> | undefined) ?? new Parts<Entity>(metadata);
  known.set(metadata, parts);
  return parts;
}

function partOf<Entity extends ObjectLiteral>(
  { columns, target }: EntityMetadata,
  has: (column: EntityMetadata['columns'][number]) => boolean,
): Part<Entity> {
  const some = columns.filter(has);
  const names = some.map(({ propertyName }) => propertyName);
  // Of the entity's kind, but without its constructor, which would fill each row with the fields that were not read.
  class Row {
    [name: string]: unknown;
    constructor(values: readonly unknown[]) {
      let place = 0;
      for (const name of names) this[name] = values[place++];
    }
  }
  Object.setPrototypeOf(Row.prototype, (target as { prototype: object }).prototype);
  return {
    columns: some.map(({ databaseName }) => `t."${databaseName}"`).join(', '),
    holds: new Set(names),
    toEntity: (values) => new Row(values) as unknown as Entity,
  };
}
