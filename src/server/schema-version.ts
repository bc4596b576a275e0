import pg from 'pg';

import { migrations } from '../app/migrations.ts';
import { urlOf, type DatabaseAddress } from '../platform/database/logins.ts';
import { nameOf } from '../platform/database/migrate.ts';
import { SchemaError } from './schema-error.ts';

/** invalid_authorization_specification (no such role) and invalid_password: SQLSTATE class 28. */
const STRANGER = /^28/;

/** How the schema of a database is not that of this release, and what to do. */
export interface SchemaGap {
  readonly reason: 'SCHEMA_OLDER' | 'SCHEMA_NEWER';
  readonly message: string;
}

/** Throws SchemaError for a database that was never migrated, or not by this release. */
export async function requireMigrated(address: DatabaseAddress): Promise<void> {
  const gap = await schemaGap(address);
  if (gap) throw new SchemaError(gap.message);
}

/** Null: the schema is that of this release. */
export async function schemaGap(address: DatabaseAddress): Promise<SchemaGap | null> {
  const applied = await appliedMigrations(address);
  const known = migrations.map(nameOf);
  const missing = known.filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    const message = `The database lacks ${missing.join(', ')}: run "tocsin migrate", or serve with --migrate.`;
    return { reason: 'SCHEMA_OLDER', message };
  }
  const newer = applied.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    const message = `The database was migrated by a newer release (${newer.join(', ')}): run that one.`;
    return { reason: 'SCHEMA_NEWER', message };
  }
  return null;
}

async function appliedMigrations(address: DatabaseAddress): Promise<string[]> {
  const client = new pg.Client({ connectionString: urlOf('tocsin_owner', address) });
  try {
    await client.connect();
    const table = await client.query<{ there: boolean }>("SELECT to_regclass('hub.migration') IS NOT NULL AS there");
    if (!table.rows[0]?.there) return [];
    const { rows } = await client.query<{ name: string }>('SELECT name FROM hub.migration ORDER BY id');
    return rows.map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !STRANGER.test(error.code ?? '')) throw error;
    throw new SchemaError(
      'The database does not know the logins that TOCSIN_LOGIN_SECRET gives: run "tocsin migrate" if it is new, else ' +
        'set the secret that it was migrated with.',
    );
  } finally {
    await client.end();
  }
}
