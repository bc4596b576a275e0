import path from 'node:path';

import { Command } from 'commander';

import { readLogLevel } from '../app/config/hub.ts';
import { makeLog } from '../platform/log.ts';
import type { WitnessedLogs } from '../server/witness/cosigner.ts';
import { parseVkey, type NoteKey } from '../verifier/note.ts';
import { toldToEnd } from './end-of-service.ts';
import { EXIT, Failure } from './failure.ts';
import { print } from './output.ts';

interface Options {
  readonly folder: string;
  readonly name?: string;
  readonly log: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly json?: boolean;
}

const EXPLAINED = `
A witness signs that a hub's log goes on from what it was, and never anything else: no shorter log, no second history.
It sees sizes and hashes, no report and no name. Run it where the hub's operator has no say; docs/witness.md tells how.

The folder is the witness: its key and what it saw last. Never put a backup of it back; begin a new witness instead.

Example:
  tocsin witness --folder /var/lib/tocsin-witness --name witness.cert.example --log tocsin-3f9a1c2e+7d21c5ab+AY...`;

export function witnessCommand(): Command {
  return new Command('witness')
    .description('serve a witness that cosigns the checkpoints of hubs (C2SP tlog-witness) until it is told to stop')
    .requiredOption('--folder <folder>', 'its key, and what it saw last; made when it is not there')
    .option('--log <key>', 'a log that is witnessed, by its key (tocsin keys list); once for each key', add, [])
    .option('--name <name>', 'what a new witness is called for ever, best a host name of yours')
    .option('--host <host>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'where to listen; 0: any free port', readPort, 4100)
    .option('--json', 'print one JSON object when it listens')
    .addHelpText('after', EXPLAINED)
    .action(serve);
}

async function serve({ folder, name, log: words, host, port, json }: Options): Promise<void> {
  const told = toldToEnd({ withParent: false });
  const log = makeLog(readLogLevel());
  const logs = logsOf(words);
  const { serveWitness } = await import('../server/witness/serve-witness.ts');
  const asked = { folder: path.resolve(folder), logs, host, port, log, ...(name === undefined ? {} : { name }) };
  const witness = await serveWitness(asked);
  const { url, vkey } = witness;
  print(json, { url, vkey, logs: [...logs.keys()] }, () => textOf(url, vkey, [...logs.keys()]));
  log.info({ reason: await told }, 'stopping');
  await witness.stop();
}

/** `KEY`, or `ORIGIN=KEY` for a log that is called otherwise than its key. */
function logsOf(words: readonly string[]): WitnessedLogs {
  if (words.length === 0) throw new Failure('USAGE', 'Which log is witnessed? --log KEY', EXIT.USAGE);
  const logs = new Map<string, NoteKey[]>();
  for (const word of words) {
    const [, origin, vkey = ''] = /^(?:([^\s=]+)=)?(\S+)$/.exec(word) ?? [];
    const key = parseVkey(vkey);
    if (!key) throw new Failure('USAGE', `${word} is no log key: a letter of it is wrong or missing.`, EXIT.USAGE);
    logs.set(origin ?? key.name, [...(logs.get(origin ?? key.name) ?? []), key]);
  }
  return logs;
}

function textOf(url: string, vkey: string, origins: readonly string[]): string {
  return [
    `A witness of ${origins.join(', ')} listens at ${url}`,
    'Its key, for those who trust it:',
    `  tocsin verify ... --witness ${vkey}`,
    'A hub asks it with:',
    `  TOCSIN_WITNESS="${url} ${vkey}"`,
  ].join('\n');
}

const add = (word: string, words: readonly string[]): string[] => [...words, word];

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Failure('USAGE', '--port takes a number from 0 to 65535.', EXIT.USAGE);
}
