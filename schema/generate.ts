import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import pg from 'pg';

import { migrations } from '../src/app/migrations.ts';
import { stateTables } from '../src/app/states.ts';
import { startEmbeddedPostgres } from '../src/platform/database/embedded/launcher.ts';
import { migrate } from '../src/platform/database/migrate.ts';
import { databaseText } from './database-text.ts';
import { schemaText } from './schema-text.ts';
import { statesText } from './states-text.ts';

/** `npm run schema`: writes schema/schema.graphql, schema/database.sql and docs/states.md; with a PostgreSQL of its own, thrown away. */
const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-schema-'));
const postgres = await startEmbeddedPostgres({
  folder,
  password: 'postgres',
  durability: 'throwaway',
  removeOnExit: true,
});
try {
  const adminUrl = postgres.url('postgres');
  await migrate({ adminUrl, loginSecret: 'of a database that nobody will see' }, migrations);
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    writeFileSync('schema/database.sql', await databaseText(client));
  } finally {
    await client.end();
  }
  writeFileSync('schema/schema.graphql', schemaText());
  writeFileSync('docs/states.md', statesText(stateTables));
} finally {
  await postgres.stop('immediate');
}
console.log('Wrote schema/schema.graphql, schema/database.sql and docs/states.md.');
