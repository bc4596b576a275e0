import type { HubConfig } from '../app/config/hub.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';

/** Uses the hub's database: that of DATABASE_URL, else the embedded one of the folder, whether its hub runs or not. */
export async function onDatabase<Result>(
  config: HubConfig,
  folder: string | undefined,
  use: (address: DatabaseAddress) => Promise<Result>,
): Promise<Result> {
  if (config.database) return use(config.database);
  const { withEmbeddedDatabase } = await import('../server/embedded-database.ts');
  return withEmbeddedDatabase(folder ?? config.folder, use);
}
