import path from 'node:path';

import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import { EXIT, Failure } from './failure.ts';
import { print } from './output.ts';

interface Options {
  readonly folder?: string;
  readonly json?: boolean;
}

const FOLDER = "the hub's folder (else TOCSIN_FOLDER, else .tocsin)";

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy a hub with its own database into a new folder, while it serves or not')
    .argument('<dir>', 'made by this; it will hold every secret of the hub')
    .option('--folder <folder>', FOLDER)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
For the embedded database, whose binaries have no pg_basebackup. A PostgreSQL of your own (DATABASE_URL) is backed up
with its own tools. The anchor, which lies outside the folder, is never part of a backup: it is what shows a restore.

Example:
  tocsin backup /var/backups/tocsin-2027-01-31`,
    )
    .action(async (into: string, options: Options) => {
      const folder = ownFolder(options);
      const [{ backUp }, { withEmbeddedDatabase }] = await Promise.all([
        import('../server/archive/backup.ts'),
        import('../server/embedded-database.ts'),
      ]);
      const manifest = await withEmbeddedDatabase(folder, (address) => backUp(folder, address, path.resolve(into)));
      const files = Object.values(manifest.files);
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      print(
        options.json,
        { backup: path.resolve(into), files: files.length, bytes },
        () => `Backed up into ${path.resolve(into)}: ${files.length} files, ${bytes} bytes.`,
      );
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into a new folder; feeds open a new generation, so that their readers learn of it')
    .argument('<dir>', 'what "tocsin backup" made')
    .option('--folder <folder>', `${FOLDER}; it must not exist yet, or be empty`)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Whatever was committed after the backup is lost, and that shows: whoever resumes a feed is told of the gap, and a hub
whose log is shorter than its anchor signs nothing until an operator has said that it was restored.

Example:
  tocsin restore /var/backups/tocsin-2027-01-31 --folder /var/lib/tocsin`,
    )
    .action(async (backup: string, options: Options) => {
      const folder = ownFolder(options);
      const { restore } = await import('../server/archive/restore.ts');
      const { madeAt, generation } = await restore(path.resolve(backup), folder);
      print(
        options.json,
        { folder, madeAt, generation },
        () => `Restored into ${folder} as it stood at ${madeAt}. Feeds are in generation ${generation} now.`,
      );
    });
}

function ownFolder(options: Options): string {
  const config = readHubConfig();
  if (config.database) {
    const message = 'DATABASE_URL is set: a database of your own is backed up and restored with its own tools.';
    throw new Failure('USAGE', message, EXIT.USAGE);
  }
  return path.resolve(options.folder ?? config.folder);
}
