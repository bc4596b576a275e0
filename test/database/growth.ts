import type { TestDatabase } from '../support/database.ts';

const TABLES = `FROM pg_class c WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind IN ('r', 'i') AND c.reltuples > 0`;

/**
 * Tells the planner that every table has so many times the rows that it has, as dense as that makes them. Reading a
 * table from end to end then looks cheaper than it would be, and an index the same: what still reads by the index does so.
 */
export async function growTo(database: TestDatabase, times: number): Promise<void> {
  await database.admin(
    `CREATE TEMPORARY TABLE IF NOT EXISTS as_filled AS SELECT c.relname::text AS name, c.relpages, c.reltuples ${TABLES}`,
  );
  await database.admin(
    `SELECT pg_restore_relation_stats('schemaname', 'hub', 'relname', f.name, 'relpages', f.relpages, 'reltuples', (f.reltuples * $1)::real) FROM as_filled f`,
    [times],
  );
}
