import path from 'node:path';

import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import type { HubMode } from '../server/data-folder.ts';
import { onDatabase } from './on-database.ts';
import { print } from './output.ts';

interface Options {
  readonly folder?: string;
  readonly organisation?: string;
  readonly json?: boolean;
}

const OWN = 'DATABASE_URL goes before it, and must then be of a superuser';

export function exportCommand(): Command {
  return new Command('export')
    .description('write all that a hub knows into a new folder, in forms that need no PostgreSQL to be read')
    .argument('<dir>', 'made by this; it holds the data of every organisation')
    .option('--folder <folder>', `the hub's folder (else TOCSIN_FOLDER, else .tocsin); ${OWN}`)
    .option(
      '--organisation <id>',
      'only what this organisation may read: its rows, and its feed with receipts and proofs',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
To move a hub to another database or a newer PostgreSQL ("tocsin import"), and to check its whole log without it
("tocsin verify"). Taken at one moment, while the hub serves or not. For a copy against loss use "tocsin backup".

With --organisation, for one that leaves or asks for all of its own: tables/ has a line of JSON for each row, and
feed.json is a feed bundle for "tocsin verify". Nothing of anybody else's is in it, and no key.

Examples:
  tocsin export /var/backups/tocsin-export
  tocsin export ./leaving --organisation T3JnYW5pc2F0aW9u...`,
    )
    .action(async (into: string, options: Options) => {
      const [{ exportHub }, config] = [await import('../server/archive/export.ts'), readHubConfig()];
      const mode = await modeOf(options, config);
      const manifest = await onDatabase(config, options.folder, async (address) =>
        options.organisation === undefined
          ? exportHub(address, mode, path.resolve(into))
          : exportOwn(address, { ...options, mode, id: options.organisation }, path.resolve(into)),
      );
      const files = Object.keys(manifest.files).length;
      print(
        options.json,
        { export: path.resolve(into), files },
        () => `Exported into ${path.resolve(into)}: ${files} files.`,
      );
    });
}

export function importCommand(): Command {
  return new Command('import')
    .description('fill a new hub with one that was exported, proofs included')
    .argument('<dir>', 'what "tocsin export" made, by this release')
    .option(
      '--folder <folder>',
      `a folder that is new (else TOCSIN_FOLDER, else .tocsin); ${OWN}, and its database new`,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Stop the old hub before it is exported for a move: two hubs that go on from one log fork it, and both will be found out.
Private keys and the anchor are no part of an export. Move them by hand, or the new hub signs nothing: keys.json of the
old folder into the new one, and the file FOLDER.anchor beside it to beside the new one.

Example:
  tocsin import /var/backups/tocsin-export --folder /var/lib/tocsin-new`,
    )
    .action(async (from: string, options: Options) => {
      const { importInto } = await import('../server/archive/import.ts');
      const { madeAt, target } = await importInto(path.resolve(from), readHubConfig(), options.folder);
      print(options.json, { madeAt, target }, () => `Imported into ${target} as it stood at ${madeAt}.`);
    });
}

async function exportOwn(
  address: DatabaseAddress,
  { folder, mode, id }: Options & { mode: HubMode; id: string },
  into: string,
) {
  const [{ exportOrganisation }, { proofFiles }] = await Promise.all([
    import('../server/archive/organisation-export.ts'),
    import('../server/proof-files.ts'),
  ]);
  const config = readHubConfig();
  const place = folder ?? config.folder;
  const { vault } = proofFiles(config.database ? 'DATABASE_URL' : 'EMBEDDED', place, config.proof);
  return exportOrganisation(address, { mode, vault, id }, into);
}

async function modeOf(options: Options, { database, folder }: ReturnType<typeof readHubConfig>) {
  if (database) return 'PRODUCTION';
  const { readSecrets } = await import('../server/data-folder.ts');
  return readSecrets(options.folder ?? folder)?.mode ?? 'PRODUCTION';
}
