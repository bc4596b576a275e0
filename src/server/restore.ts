import pg from 'pg';

import { migrations } from '../app/migrations.ts';
import { migrate } from '../platform/database/migrate.ts';
import { putBack } from './backup.ts';
import { withEmbeddedDatabase } from './embedded-database.ts';

/** The hub of a backup in a new folder, on the newest schema, its feeds in a new generation. */
export async function restore(backup: string, folder: string): Promise<{ madeAt: string; generation: number }> {
  const { madeAt } = await putBack(backup, folder);
  const generation = await withEmbeddedDatabase(folder, async (address) => {
    await migrate(address, migrations);
    return openGeneration(address.adminUrl);
  });
  return { madeAt, generation };
}

async function openGeneration(adminUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ generation: number }>(
      'UPDATE hub.ledger_head SET generation = generation + 1 WHERE log_id = 1 RETURNING generation',
    );
    return rows[0]?.generation ?? 0;
  } finally {
    await client.end();
  }
}
