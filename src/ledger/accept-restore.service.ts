import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { EMPTY_ROOT, type Hash } from '../verifier/tree.ts';
import { assertExtends, Unsigned, type Anchor, type Anchored } from './anchor.ts';
import { openGeneration } from './generation.service.ts';
import { addKey, endLogKey } from './log-key.service.ts';
import { currentLogKeys, readLogKeys } from './log-keys.ts';
import { newKeyOf } from './open-log.service.ts';
import { lockLog } from './rotate.service.ts';
import { newKeptKey, type KeyVault } from './signing-key.ts';
import { nodesIn, rootAt } from './tiles.ts';
import { tilesBy } from './tree.ts';

export interface Accepted {
  /** Entries after this one, up to the other, were signed before and are not here. */
  readonly after: number;
  readonly upTo: number;
  readonly newKey: string;
}

/** For a person to mend otherwise: a new key would only cover it up. */
const NO_RESTORE: ReadonlySet<string> = new Set(['LEDGER_CHANGED', 'ANCHOR_UNUSABLE']);

/**
 * A log that lost entries goes on under a new key, and says so: the key of before ends at the size that it signed last,
 * the new one begins at what is left, and the entry that adds it names the range that is lost. Whoever holds a
 * checkpoint or a receipt of that range keeps the proof that it was signed. Throws Refusal where nothing was restored.
 */
export async function acceptRestore(work: Work, clock: Clock, vault: KeyVault, anchor: Anchor): Promise<Accepted> {
  const found = await work.readAsSystem((tx) => compare(tx, anchor));
  const kept = newKeptKey('LOG');
  await vault.add([kept]);
  const at = clock.now();
  const accepted = await work.asSystem(async (tx) => {
    const { origin, signedSize } = await lockLog(tx);
    const upTo = Math.max(found.anchored?.size ?? signedSize, signedSize);
    const lost = { after: String(Math.min(found.size, upTo)), upTo: String(upTo) };
    for (const key of currentLogKeys(await readLogKeys(tx))) await endLogKey(tx, at, key, Math.max(key.from, upTo));
    const added = newKeyOf(kept, origin, signedSize);
    await addKey(tx, at, added, lost);
    await openGeneration(tx, at, found.anchored?.generation);
    return { origin, after: Number(lost.after), upTo, newKey: added.id };
  });
  const { origin, ...told } = accepted;
  await anchor.write(origin, await work.readAsSystem((tx) => signedLast(tx)));
  return told;
}

async function compare(tx: Tx, anchor: Anchor): Promise<{ size: number; anchored: Anchored | null }> {
  const [tree] = await tx.query<{ origin: string; size: string }>(
    'SELECT origin, size FROM ledger_tree WHERE log_id = 1',
  );
  if (!tree) throw new Error('The ledger has no tree.');
  const size = Number(tree.size);
  const anchored = await anchor.read(tree.origin);
  const nodes = nodesIn(tilesBy((text, values) => tx.query(text, values)));
  const last = await newest(tx);
  try {
    await assertExtends(anchor, anchored, { size, last, rootAt: (at) => rootAt(at, nodes) });
  } catch (error) {
    if (!(error instanceof Unsigned) || NO_RESTORE.has(error.code)) throw error;
    return { size, anchored };
  }
  throw new Refusal(
    'WRONG_STATE',
    `All ${anchored?.size ?? 0} entries that were signed before are here: there is nothing to accept.`,
  );
}

async function newest(tx: Tx): Promise<{ size: number; root: Hash } | null> {
  const [row] = await tx.query<{ size: string; root: Buffer }>('SELECT size, root FROM newest_checkpoint()');
  return row ? { size: Number(row.size), root: row.root } : null;
}

async function signedLast(tx: Tx): Promise<Anchored> {
  const [head] = await tx.query<{ generation: number }>('SELECT generation FROM ledger_head WHERE log_id = 1');
  const last = (await newest(tx)) ?? { size: 0, root: EMPTY_ROOT };
  return { ...last, generation: head?.generation ?? 1 };
}
