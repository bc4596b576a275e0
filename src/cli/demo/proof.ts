import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { verifyFeedBundle } from '../../verifier/feed-bundle.ts';
import { parseVkey } from '../../verifier/note.ts';
import { bundleFeed, type FeedBundle } from '../feed-bundle.ts';
import { accepted, type Payload } from '../payload.ts';
import type { Party } from './cast.ts';
import { storyFile } from './story.ts';

/** What the parties can prove without the hub. */
export interface Proven {
  readonly receiptsVerified: number;
  readonly receiptsTotal: number;
  readonly feedStatementsVerified: number;
  readonly checkpointOk: boolean;
  /** By a program that shares no code with the hub. Null: python3 with python3-cryptography is not here. */
  readonly secondVerifierOk: boolean | null;
}

const STATE = `mutation ($key: String!) { stated: issueFeedStatement(input: { idempotencyKey: $key }) {
  errors { code message path } } }`;
const run = promisify(execFile);

/** Each party has the end of its feed stated, takes its proofs with it, and has two verifiers look at them. */
export async function proveAll(parties: readonly Party[]): Promise<{ proven: Proven; faults: readonly string[] }> {
  const bundles = new Map<Party, FeedBundle>();
  for (const party of parties) {
    const key = randomUUID();
    accepted((await party.api.ask<{ stated: Payload }>(STATE, { key })).stated);
    bundles.set(party, await bundleFeed(party.api, new URL(party.api.url)));
  }
  const verdicts = await Promise.all([...bundles].map(([{ name }, bundle]) => verify(name, bundle)));
  const second = await verifyByPython([...bundles.values()]);
  const sum = (of: 'receipts' | 'statements' | 'total'): number => verdicts.reduce((all, each) => all + each[of], 0);
  return {
    proven: {
      ...{ receiptsVerified: sum('receipts'), receiptsTotal: sum('total'), feedStatementsVerified: sum('statements') },
      checkpointOk: verdicts.every(({ checkpointOk }) => checkpointOk),
      secondVerifierOk: second && second.faults.length === 0 && second.receipts === sum('total'),
    },
    faults: [...verdicts.flatMap(({ fault }) => fault ?? []), ...(second?.faults ?? [])],
  };
}

/** Against the log key that the note of keys gave first, pinned as a stranger would have it from elsewhere. */
async function verify(name: string, bundle: FeedBundle) {
  const json = JSON.stringify(bundle);
  const [first = ''] = (await verifyFeedBundle(json, { pinned: null, seen: null })).vkeys;
  const verdict = await verifyFeedBundle(json, { pinned: parseVkey(first), seen: null });
  const { receiptsVerified: receipts, statementsVerified: statements, checkpointOk, fault } = verdict;
  const said = fault ? `the proof of ${name} does not hold: ${fault.fault}, ${fault.message}` : null;
  return { receipts, statements, checkpointOk, total: bundle.entries.length, fault: said };
}

async function verifyByPython(bundles: readonly FeedBundle[]): Promise<{ receipts: number; faults: string[] } | null> {
  const here = await run('python3', ['-c', 'import cryptography']).catch(() => null);
  if (!here) return null;
  const script = path.join(path.dirname(storyFile()), 'verify.py');
  const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-proof-'));
  try {
    const found = { receipts: 0, faults: [] as string[] };
    for (const [index, bundle] of bundles.entries()) {
      const file = path.join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
      // It ends with 1 when a proof is false, and has said what is wrong.
      const { stdout } = await run('python3', [script, file]).catch((error: { stdout?: string }) => ({
        stdout: error.stdout ?? '',
      }));
      const { ok, receiptsVerified, fault } = JSON.parse(stdout === '' ? '{"ok":false}' : stdout) as PythonSays;
      found.receipts += receiptsVerified ?? 0;
      if (!ok) found.faults.push(`the second verifier says: ${fault?.message ?? 'nothing'}`);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface PythonSays {
  readonly ok: boolean;
  readonly receiptsVerified?: number;
  readonly fault?: { readonly message: string } | null;
}
