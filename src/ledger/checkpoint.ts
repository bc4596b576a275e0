import type pg from 'pg';

import { checkpointText } from '../verifier/checkpoint.ts';
import { writeNote } from '../verifier/note.ts';
import { Frontier, type Hash } from '../verifier/tree.ts';
import { assertExtends, Unsigned, type Anchor } from './anchor.ts';
import { currentLogKeys, keysOf, keysText, READ_KEYS, type LogKeys } from './log-keys.ts';
import { cosignedBy, type Quorum } from './quorum.ts';
import { Fenced } from './sequence.ts';
import { SigningKey, type KeyVault } from './signing-key.ts';
import { nodesIn, rootAt } from './tiles.ts';
import { stateOf, tilesBy } from './tree.ts';

export interface SignedTree {
  readonly size: number;
  readonly root: Hash;
}

/** What a leader knows of the log before it signs. */
export interface LogState {
  readonly origin: string;
  readonly generation: number;
  readonly tree: SignedTree;
  readonly last: SignedTree | null;
  readonly keys: LogKeys;
  readonly keysNote: string | null;
}

/** Who signs, and what keeps it from signing two histories. */
export interface Notary {
  readonly vault: KeyVault;
  readonly anchor: Anchor | null;
  readonly quorum: Quorum | null;
}

interface StateRow {
  origin: string;
  size: string;
  frontier: Buffer[];
  keys_note: string | null;
  generation: number;
  last_size: string | null;
  last_root: Buffer | null;
}

/** Throws Fenced when another node leads by now. */
export async function readLogState(client: pg.ClientBase, epoch: string): Promise<LogState> {
  const [state, keys] = await Promise.all([
    client.query<StateRow>(
      `SELECT t.origin, t.size, t.frontier, t.keys_note, h.generation, c.size AS last_size, c.root AS last_root
         FROM ledger_tree t JOIN ledger_head h USING (log_id) LEFT JOIN newest_checkpoint() c ON true
        WHERE t.log_id = 1 AND h.epoch = $1`,
      [epoch],
    ),
    client.query(READ_KEYS),
  ]);
  const [row] = state.rows;
  if (!row) throw new Fenced(`Epoch ${epoch} is over.`);
  const { size, peaks } = stateOf(row);
  const last = row.last_root && { size: Number(row.last_size), root: row.last_root };
  const { origin, generation, keys_note: keysNote } = row;
  return {
    origin,
    generation,
    keysNote,
    last,
    keys: keysOf(keys.rows),
    tree: { size, root: new Frontier(size, peaks).root() },
  };
}

/**
 * Signs the tree as it stands and stores the checkpoint, which publishes it. Intent first: what is signed is in the
 * anchor before a signature exists, so that a crash in between can only lead to the same signature again. Throws
 * Unsigned where it must not be signed. Why witnesses did not sign along, where enough did.
 */
export async function signCheckpoint(
  client: pg.ClientBase,
  notary: Notary,
  state: LogState,
  at: Date,
): Promise<readonly string[]> {
  const { origin, tree, last, keys, generation } = state;
  const { anchor, quorum } = notary;
  const nodes = nodesIn(tilesBy(async (text, values) => (await client.query(text, [...values])).rows as never));
  const anchored = anchor && (await usable(anchor, () => anchor.read(origin)));
  await assertExtends(anchor, anchored, { size: tree.size, last, rootAt: (size) => rootAt(size, nodes) });
  const signers = await signingKeys(notary.vault, keys);
  if (anchor) await usable(anchor, () => anchor.write(origin, { ...tree, generation }));
  const note = signedBy(origin, signers, checkpointText({ origin, ...tree }));
  const published = { origin, last: last?.size ?? 0, size: tree.size, note };
  const { lines, missing } = quorum ? await cosignedBy(quorum, published, nodes) : { lines: '', missing: [] };
  await client.query(
    'INSERT INTO ledger_checkpoint (size, root, note, signed_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [tree.size, Buffer.from(tree.root), note + lines, at],
  );
  return missing;
}

/** A place that cannot be read or written is for a person to mend. */
export async function usable<Answer>({ place }: Anchor, use: () => Promise<Answer>): Promise<Answer> {
  return use().catch((error: unknown) => {
    const message = `The anchor ${place} cannot be used (${String(error)}): mend it, or give another place by TOCSIN_ANCHOR.`;
    throw new Unsigned('ANCHOR_UNUSABLE', message);
  });
}

/** The note of all keys, signed by every log key that is valid now. */
export async function signKeys(vault: KeyVault, { origin, keys }: LogState): Promise<string> {
  return signedBy(origin, await signingKeys(vault, keys), keysText(origin, keys));
}

/** Read for each signature and not kept: only the node that leads ever holds a log key, and only while it signs. */
async function signingKeys(vault: KeyVault, keys: LogKeys): Promise<SigningKey[]> {
  const held = new Map(
    (await vault.read())?.map((kept) => new SigningKey(kept)).map((key) => [key.publicKey.toString('hex'), key]),
  );
  return currentLogKeys(keys).map(({ id, publicKey }) => {
    const key = held.get(publicKey.toString('hex'));
    if (key) return key;
    throw new Unsigned(
      'KEY_MISSING',
      `${vault.place} does not hold the log key ${id}: put the file back, or run "tocsin keys rotate --lost".`,
    );
  });
}

function signedBy(origin: string, signers: readonly SigningKey[], text: string): string {
  const signatures = signers.map((key) => ({
    key: { name: origin, publicKey: key.publicKey },
    signature: key.sign(text),
  }));
  return writeNote(text, signatures);
}
