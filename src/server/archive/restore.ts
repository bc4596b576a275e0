import { migrations } from '../../app/migrations.ts';
import { migrate } from '../../platform/database/migrate.ts';
import { putBack } from './backup.ts';
import { withEmbeddedDatabase } from '../embedded-database.ts';
import { openGenerationOf } from '../key-custody.ts';

/** The hub of a backup in a new folder, on the newest schema, its feeds in a new generation. */
export async function restore(backup: string, folder: string): Promise<{ madeAt: string; generation: number }> {
  const { madeAt } = await putBack(backup, folder);
  const generation = await withEmbeddedDatabase(folder, async (address) => {
    await migrate(address, migrations);
    return openGenerationOf(address);
  });
  return { madeAt, generation };
}
