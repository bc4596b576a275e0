import type { EntityTarget, ObjectLiteral } from 'typeorm';

import { kept, keptPart } from './kept-statements.ts';
import { partsOf, type Part, type Parts } from './parts.ts';
import { readableBy } from './readers.ts';
import type { Statement, Tx } from './tx.ts';

/** A hand-written list: everything after FROM table AS t, its values, and in whose name it is asked. */
export interface Listing {
  readonly tail: string;
  readonly values: readonly unknown[];
  /** Null: the hub itself, which reads every row. */
  readonly organisationId: string | null;
  /** What of each row is read, besides its key; null: all of it. */
  readonly properties: ReadonlySet<string> | null;
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
  { tail, values, organisationId, properties }: Listing,
): Promise<Entity[]> {
  const metadata = tx.manager.connection.getMetadata(entity);
  const parts = partsOf<Entity>(metadata);
  // A join of one row takes the condition without a look at how the tail goes on; the planner dissolves it.
  const mine =
    organisationId === null ? '' : `JOIN (SELECT) AS mine ON ${readableBy(entity, `$${values.length + 1}::uuid`)}`;
  const textOf: TextOf = ({ columns }) => `SELECT ${columns} FROM ${metadata.tablePath} AS t ${mine} ${tail}`;
  const [part, statement] =
    organisationId === null ? [parts.whole, { text: textOf(parts.whole) }] : keptFor(parts, properties, textOf);
  // By the columns' places and not by their names: `never` is what fits into any row.
  const rows = await tx.query<never>(
    { ...statement, rowMode: 'array' },
    organisationId === null ? values : [...values, organisationId],
  );
  return rows.map(part.toEntity);
}

type TextOf = (part: Pick<Part, 'columns'>) => string;

/** The least that is kept and holds the properties: connections keep few texts of a list. */
function keptFor<Entity extends ObjectLiteral>(
  parts: Parts<Entity>,
  properties: ReadonlySet<string> | null,
  textOf: TextOf,
): [Part<Entity>, Statement] {
  const part = properties ? parts.with(properties) : parts.whole;
  const narrow = part === parts.whole ? null : keptPart(textOf(part));
  if (narrow) return [part, narrow];
  const text = textOf(parts.whole);
  return [parts.whole, kept(text) ?? { text }];
}
