import type { EntityTarget, ObjectLiteral } from 'typeorm';

import type { Tx } from './tx.ts';

/**
 * Entities of a hand-written list. TypeORM's own finders cost two to four times the raw query on pages
 * (docs/decisions/0003-unit-of-work.md); this takes from it only the names of table and columns.
 */
export async function list<Entity extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<Entity>,
  tail: string,
  values: readonly unknown[],
): Promise<Entity[]> {
  const metadata = tx.manager.connection.getMetadata(entity);
  const fields = metadata.columns.map(({ databaseName, propertyName }) => `t."${databaseName}" AS "${propertyName}"`);
  const rows = await tx.query<Record<string, unknown>>(
    `SELECT ${fields.join(', ')} FROM ${metadata.tablePath} AS t ${tail}`,
    values,
  );
  return rows.map((row) => Object.assign(metadata.create() as Entity, row));
}
