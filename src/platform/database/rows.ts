import type { EntityTarget, ObjectLiteral } from 'typeorm';

import { kept } from './kept-statements.ts';
import { readableBy } from './readers.ts';
import type { Tx } from './tx.ts';

/** A hand-written list: everything after FROM table AS t, its values, and in whose name it is asked. */
export interface Listing {
  readonly tail: string;
  readonly values: readonly unknown[];
  /** Null: the hub itself, which reads every row. */
  readonly organisationId: string | null;
}

/**
 * Entities of a hand-written list. TypeORM's own finders cost two to four times the raw query on pages
 * (docs/decisions/0003-unit-of-work.md); this takes from it only the names of table and columns. What is asked in a
 * tenant's name gives only rows that say that the tenant reads them, whatever the tail forgot, and whether or not
 * row-level security would say the same: docs/decisions/0022-each-fence-alone.md.
 */
export async function list<Entity extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<Entity>,
  { tail, values, organisationId }: Listing,
): Promise<Entity[]> {
  const metadata = tx.manager.connection.getMetadata(entity);
  const fields = metadata.columns.map(({ databaseName, propertyName }) => `t."${databaseName}" AS "${propertyName}"`);
  // A join of one row takes the condition without a look at how the tail goes on; the planner dissolves it.
  const mine =
    organisationId === null ? '' : `JOIN (SELECT) AS mine ON ${readableBy(entity, `$${values.length + 1}::uuid`)}`;
  const text = `SELECT ${fields.join(', ')} FROM ${metadata.tablePath} AS t ${mine} ${tail}`;
  const rows = await (organisationId === null
    ? tx.query<Record<string, unknown>>(text, values)
    : tx.query<Record<string, unknown>>(kept(text), [...values, organisationId]));
  return rows.map((row) => Object.assign(metadata.create() as Entity, row));
}
