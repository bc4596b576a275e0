import { Command } from 'commander';

import { readHubConfig } from '../app/config.ts';
import { onDatabase } from './on-database.ts';
import { print } from './output.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the newest schema; may be run again, and while the hub serves')
    .option('--folder <folder>', "the hub's folder (else TOCSIN_FOLDER, else .tocsin); DATABASE_URL goes before it")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Only a database of your own needs it: DATABASE_URL (a role that may create roles) and TOCSIN_LOGIN_SECRET, from which
the passwords of the hub's logins are derived. The embedded one is migrated at each start.

Example:
  DATABASE_URL=postgres://owner:...@db.example/tocsin TOCSIN_LOGIN_SECRET=... tocsin migrate`,
    )
    .action(async (options: { folder?: string; json?: boolean }) => {
      const [{ migrate }, { migrations }] = await Promise.all([
        import('../platform/database/migrate.ts'),
        import('../app/migrations.ts'),
      ]);
      const applied = await onDatabase(readHubConfig(), options.folder, (address) => migrate(address, migrations));
      print(options.json, { applied }, () =>
        applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`,
      );
    });
}
