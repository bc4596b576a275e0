import type { World } from './world.ts';

/** Does something while the database of a hub ends every connection of it, and takes no other. */
export async function withoutConnections({ database }: World, act: () => Promise<void>): Promise<void> {
  const limits = (most: number) =>
    database.admin(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT ${most}', current_database()); END $$`,
    );
  await limits(0);
  try {
    await database.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'tocsin%'`,
    );
    await act();
  } finally {
    await limits(-1);
  }
}
