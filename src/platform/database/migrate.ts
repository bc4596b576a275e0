import { DataSource, type MigrationInterface } from 'typeorm';

import { bootstrapDatabase } from './bootstrap.ts';
import { urlOf, type DatabaseAddress } from './logins.ts';
import { isUpToDate } from './up-to-date.ts';

export type Migrations = readonly (new () => MigrationInterface)[];

export const nameOf = (Migration: Migrations[number]): string => new Migration().name ?? Migration.name;

/** Brings the database to the newest schema as `tocsin_owner`; names of the migrations that were applied now. */
export async function migrate(
  address: DatabaseAddress,
  migrations: Migrations,
  options: { rotateLogins?: boolean } = {},
): Promise<string[]> {
  if (!options.rotateLogins && (await isUpToDate(address, migrations.map(nameOf)))) return [];
  await bootstrapDatabase(address, options);
  const source = new DataSource({
    type: 'postgres',
    url: urlOf('tocsin_owner', address),
    schema: 'hub',
    migrations: [...migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    poolSize: 2,
    applicationName: 'tocsin_owner',
  });
  await source.initialize();
  // Two nodes may start together: the second waits here and then finds nothing to do.
  const gate = source.createQueryRunner();
  try {
    await gate.query("SELECT pg_advisory_lock(hashtext('tocsin migrations'))");
    const applied = await source.runMigrations();
    return applied.map(({ name }) => name);
  } finally {
    await gate.query("SELECT pg_advisory_unlock(hashtext('tocsin migrations'))").catch(() => undefined);
    await gate.release();
    await source.destroy();
  }
}
