import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import { onDatabase } from './on-database.ts';
import { print } from './output.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the newest schema; may be run again, and while the hub serves')
    .option('--folder <folder>', "the hub's folder (else TOCSIN_FOLDER, else .tocsin); DATABASE_URL goes before it")
    .option('--rotate-logins', 'replace the passwords of the logins by those of a new TOCSIN_LOGIN_SECRET')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Only a database of your own needs it: DATABASE_URL (a role that may create roles) and TOCSIN_LOGIN_SECRET, from which
the passwords of the hub's logins are derived. The embedded one is migrated at each start.

With another secret than before it is refused: the logins belong to the whole server, and nodes that run would be shut
out. To change the secret, run it with --rotate-logins and restart every node with the new one.

Example:
  DATABASE_URL=postgres://owner:...@db.example/tocsin TOCSIN_LOGIN_SECRET=... tocsin migrate`,
    )
    .action(async (options: { folder?: string; rotateLogins?: boolean; json?: boolean }) => {
      const [{ migrate }, { migrations }] = await Promise.all([
        import('../platform/database/migrate.ts'),
        import('../app/migrations.ts'),
      ]);
      const applied = await onDatabase(readHubConfig(), options.folder, (address) =>
        migrate(address, migrations, { rotateLogins: options.rotateLogins ?? false }),
      );
      print(options.json, { applied }, () =>
        applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`,
      );
    });
}
