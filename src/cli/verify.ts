import { readFileSync, statSync } from 'node:fs';

import { Command } from 'commander';

import { readIfThere, writePrivately } from '../server/private-file.ts';
import { parseWitnessVkey, type WitnessPolicy } from '../verifier/cosignature.ts';
import type { Verdict } from '../verifier/fault.ts';
import { verifyFeedBundle } from '../verifier/feed-bundle.ts';
import { verifyLog, type Known } from '../verifier/log-bundle.ts';
import { parseVkey, type NoteKey } from '../verifier/note.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { folderSource, hubSource } from './verify-source.ts';

interface VerifyOptions {
  readonly vkey?: string;
  readonly seen?: string;
  readonly witness?: readonly string[];
  readonly quorum?: number;
  readonly json?: true;
}

const EXPLAINED = `
What can be verified, without the hub's database and without its word for anything but its keys:
  a file       a feed bundle: the receipts, entries and statements of one organisation (tocsin receipts)
  a folder     a log bundle: every entry, tile, checkpoint and feed (tocsin export)
  an address   the public log of a hub: the tree under its checkpoint, recomputed from the entries

Pin a log key (--vkey) that you have from elsewhere than from what you verify: without it the keys that are found there
are believed, and printed, so that you can ask for them and pin them the next time.

Keep the last checkpoint (--seen): it is written when all is well, and the next time the log must begin with it. That
is what shows a hub that tells two stories, or forgot.

Name the witnesses that you trust (--witness, once for each): the checkpoint must then be cosigned by all of them, or by
as many as --quorum says. A hub that shows you another log than others cannot get that of an honest witness.

Examples:
  tocsin verify receipts.json --vkey tocsin-3f9a1c2e+7d21c5ab+AY...
  tocsin verify backup/ --json
  tocsin verify https://hub.example --seen hub.checkpoint
  tocsin verify https://hub.example --witness w1.example+... --witness w2.example+... --quorum 1`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('verify the proofs of a hub, without its database')
    .argument('<what>', 'a feed bundle, a log bundle, or the address of a hub')
    .option('--vkey <key>', 'a log key of the hub that you know from elsewhere')
    .option('--seen <file>', 'the last checkpoint that you have seen: kept here, and checked the next time')
    .option('--witness <key>', 'the key of a witness that has to have cosigned; once for each', addWord, [])
    .option('--quorum <n>', 'how many of the witnesses are enough (else all)', Number)
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXPLAINED)
    .action(verify);
}

async function verify(what: string, { vkey, seen, json, ...asked }: VerifyOptions): Promise<void> {
  const witnessed = policyOf(asked);
  const known: Known = { pinned: pinnedOf(vkey), seen: seen === undefined ? null : readIfThere(seen), witnessed };
  const verdict = await verdictOn(what, known);
  if (!known.pinned) warn(verdict);
  if (seen !== undefined && verdict.ok && verdict.checkpoint !== null) writePrivately(seen, verdict.checkpoint);
  print(json, verdict, () => textOf(verdict));
  if (!verdict.ok) process.exitCode = EXIT.INCOMPLETE;
}

async function verdictOn(what: string, known: Known): Promise<Verdict> {
  const url = /^https?:/i.test(what) ? URL.parse(what) : null;
  if (url) return verifyLog(hubSource(url), 'PUBLIC', known);
  if (statSync(what).isDirectory()) return verifyLog(folderSource(what), 'WHOLE', known);
  return verifyFeedBundle(readFileSync(what, 'utf8'), known);
}

function pinnedOf(vkey: string | undefined): NoteKey | null {
  if (vkey === undefined) return null;
  const key = parseVkey(vkey);
  if (key) return key;
  throw new Failure('USAGE', `${vkey} is no log key: a letter of it is wrong or missing.`, EXIT.USAGE);
}

const addWord = (word: string, words: readonly string[]): string[] => [...words, word];

function policyOf({ witness: words = [], quorum: said }: VerifyOptions): WitnessPolicy | null {
  const witness = [...new Set(words)];
  const quorum = said ?? witness.length;
  const witnesses = witness.map((word) => {
    const key = parseWitnessVkey(word);
    if (key) return key;
    throw new Failure('USAGE', `${word} is no key of a witness: a letter of it is wrong or missing.`, EXIT.USAGE);
  });
  if (!Number.isInteger(quorum) || quorum < Math.min(1, witness.length) || quorum > witness.length) {
    throw new Failure(
      'USAGE',
      `--quorum takes a number from 1 to that of the witnesses, ${witness.length}.`,
      EXIT.USAGE,
    );
  }
  return witness.length === 0 ? null : { witnesses, quorum };
}

function warn({ vkeys }: Verdict): void {
  process.stderr.write(
    [
      'WARNING: no key was pinned. What was found is held against the keys that were found with it: whoever made the',
      'one could have made the other. Ask the operator, or somebody else who uses the hub, whether these are its keys:',
      ...vkeys.map((vkey) => `  --vkey ${vkey}`),
      '',
    ].join('\n'),
  );
}

function textOf({ fault, ...found }: Verdict): string {
  const rows = [
    ['log', found.origin ?? 'unknown'],
    ['checkpoint', found.checkpointOk ? `size ${found.size ?? 0}, holds` : 'not verified'],
    ['witnesses', String(found.cosignaturesVerified)],
    ['entries', String(found.entriesVerified)],
    ['receipts', `${found.receiptsVerified}, and ${found.receiptsPending} whose time is not over`],
    ['statements', String(found.statementsVerified)],
  ];
  const [head = '', ...lines] = table([fault ? 'FALSE' : 'HOLDS', ''], rows).split('\n');
  const tail = fault ? [`${fault.fault}${placeOf(fault)}: ${fault.message}`] : [];
  return [head, ...lines, ...tail].join('\n');
}

function placeOf({ position, organisation, seq, entry, path }: NonNullable<Verdict['fault']>): string {
  const parts = [
    position === undefined ? [] : `position ${position}`,
    organisation === undefined ? [] : `feed of ${organisation}`,
    seq === undefined ? [] : `number ${seq}`,
    entry === undefined ? [] : `entry ${entry}`,
    path ?? [],
  ].flat();
  return parts.length === 0 ? '' : ` at ${parts.join(', ')}`;
}
