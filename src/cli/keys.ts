import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import type { ProofOptions } from '../app/workers.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import type { Custody } from '../server/key-custody.ts';
import { vkeyOf } from '../verifier/note.ts';
import { EXIT, Failure } from './failure.ts';
import { onDatabase } from './on-database.ts';
import { print, table } from './output.ts';

interface Options {
  readonly folder?: string;
  readonly json?: boolean;
}

const HOUR_MS = 3_600_000;
const FOLDER = "the hub's folder (else TOCSIN_FOLDER, else .tocsin); DATABASE_URL goes before it";

export function keysCommand(): Command {
  return new Command('keys')
    .description("the keys that a hub signs with; on the hub's own machine, with access to its database and files")
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(acceptRestoreCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('show the public keys with the windows in which they are valid, and which private halves are here')
    .option('--folder <folder>', FOLDER)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nThe word in the last column is what a verifier pins: tocsin verify --vkey WORD')
    .action(async (options: Options) => {
      const { custodyOf } = await import('../server/key-custody.ts');
      const rows = describe(await onHub(options, custodyOf));
      print(options.json, rows, () => textOf(rows));
    });
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description('make new keys; those of before stay valid beside them for a while, so that nobody is surprised')
    .option('--overlap <hours>', 'for how long both are valid, 0 to 8760', readHours, 24)
    .option('--lost', 'the private keys are gone: those of before end now')
    .option('--folder <folder>', FOLDER)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The hub may run meanwhile. Nodes that have key files of their own need the new one at once: until then they sign with
the keys of before.

Example:
  tocsin keys rotate --overlap 48`,
    )
    .action(async ({ overlap, lost = false, ...options }: Options & { overlap: number; lost?: boolean }) => {
      const { custodyOf, rotateKeysOf } = await import('../server/key-custody.ts');
      const custody = await onHub(options, async (address, proof) => {
        await rotateKeysOf(address, proof, { overlapMs: overlap * HOUR_MS, lost });
        return custodyOf(address, proof);
      });
      print(options.json, describe(custody), () => textOf(describe(custody)));
    });
}

function acceptRestoreCommand(): Command {
  return new Command('accept-restore')
    .description('say that this hub was restored from a backup and lost entries: it signs again, under a new key')
    .option('--folder <folder>', FOLDER)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
For a hub whose /readyz says BEHIND_ANCHOR, INCONSISTENT or ANCHOR_MISSING. First look for a newer backup: what is
accepted as lost is lost. The key of before ends at the size that it signed last, and the entry that adds the new one
names the range. Clients hear by a gap that their feeds go on in a new generation; whoever checks the log finds a key
that is not the one it knew.`,
    )
    .action(async (options: Options) => {
      const { acceptRestoreOf } = await import('../server/key-custody.ts');
      const accepted = await onHub(options, acceptRestoreOf);
      const lost = `Entries ${accepted.after} to ${accepted.upTo - 1} were signed before and are lost.`;
      print(options.json, accepted, () => `${lost}\nThe log goes on under the key ${accepted.newKey}.`);
    });
}

/** On the database and the files of the hub that the environment and --folder mean. */
async function onHub<Result>(
  { folder }: Options,
  use: (address: DatabaseAddress, proof: ProofOptions) => Promise<Result>,
): Promise<Result> {
  const config = readHubConfig();
  const { proofFiles } = await import('../server/proof-files.ts');
  const proof = proofFiles(config.database ? 'DATABASE_URL' : 'EMBEDDED', folder ?? config.folder, config.proof);
  return onDatabase(config, folder, (address) => use(address, proof));
}

function describe({ origin, keys, held, refusal }: Custody) {
  const isHere = (publicKey: Buffer) => held.has(publicKey.toString('base64url'));
  return {
    origin,
    refusal,
    keys: [
      ...keys.log.map(({ id, publicKey, from, until, retireAt }) => ({
        ...{ purpose: 'LOG', id, from: String(from), until: until === null ? null : String(until) },
        ...{ retireAt: retireAt?.toISOString() ?? null, held: isHere(publicKey) },
        vkey: vkeyOf({ name: origin ?? '', publicKey }),
      })),
      ...keys.receipt.map(({ id, publicKey, from, until }) => ({
        ...{ purpose: 'RECEIPT', id, from: from.toISOString(), until: until?.toISOString() ?? null },
        ...{ retireAt: null, held: isHere(publicKey), vkey: null },
      })),
    ],
  };
}

function textOf({ origin, keys, refusal }: ReturnType<typeof describe>): string {
  if (origin === null) return 'This hub has never been started: it has no keys yet.';
  const rows = keys.map(({ purpose, id, from, until, retireAt, held, vkey }) => [
    ...[
      purpose,
      id,
      from,
      until ?? (retireAt === null ? '-' : `ends ${retireAt}`),
      held ? 'here' : 'not here',
      vkey ?? '',
    ],
  ]);
  const lines = [`log ${origin}`, table(['for', 'key', 'from', 'until', 'private', 'verifier key'], rows)];
  if (refusal) lines.push(`Nothing is signed (${refusal.code}): ${refusal.message}`);
  return lines.join('\n');
}

function readHours(text: string): number {
  const hours = Number(text);
  if (!/^\d{1,4}$/.test(text) || hours > 8760) {
    throw new Failure('USAGE', '--overlap takes a number of hours from 0 to 8760.', EXIT.USAGE);
  }
  return hours;
}
