import type { ObjectLiteral, EntityTarget } from 'typeorm';

/** Which organisations read a row: the same as its table's policy for reading, said a second time and apart from it. */
export interface Readers {
  /** The columns that name one each. */
  readonly columns: readonly string[];
  /** The column whose value rows of the table `reader` may open, and in which capacity alone if not in any. */
  readonly shared?: { readonly by: string; readonly as?: 'CO_COORDINATOR' };
  /** A boolean column: true opens the row to every organisation. */
  readonly open?: string;
}

const known = new WeakMap<object, Readers>();

/** Says of an entity who reads its rows. One that says nothing cannot be listed in a tenant's name. */
export const ReadBy =
  (columns: readonly [string, ...string[]], more: Omit<Readers, 'columns'> = {}): ClassDecorator =>
  (entity) =>
    void known.set(entity, { columns, ...more });

/** The condition on a row `t` under which `me`, an expression, reads it. */
export function readableBy(entity: EntityTarget<ObjectLiteral>, me: string): string {
  const readers = typeof entity === 'function' ? known.get(entity) : undefined;
  if (!readers) throw new Error('The entity does not say who reads it: @ReadBy.');
  const named = readers.columns.map((column) => `WHEN t.${column} = ${me} THEN true`);
  return `CASE ${named.join(' ')} ELSE ${otherwise(readers, me)} END`;
}

// CASE as in the policies: the subquery is asked only for rows that no column opens.
function otherwise({ shared, open }: Readers, me: string): string {
  if (open) return `t.${open}`;
  if (!shared) return 'false';
  const capacity = shared.as ? ` AND r.capacity = '${shared.as}'` : '';
  return `EXISTS (SELECT FROM reader r WHERE r.organisation_id = ${me} AND r.object_id = t.${shared.by}${capacity})`;
}
