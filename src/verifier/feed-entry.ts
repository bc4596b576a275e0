import type { Checkpoint } from './checkpoint.ts';
import { fromBase64, isObject } from './encoding.ts';
import { FaultFound, type Place } from './fault.ts';
import { isCount } from './jws.ts';
import type { Keys } from './keys.ts';
import { contentOf, isText, saidIn, type Content } from './payloads.ts';
import { verifyInclusion } from './proof.ts';
import { openReceipt, type Receipt } from './receipt.ts';
import { isHash, leafHash, sameBytes, type Hash } from './tree.ts';

/** An entry of a feed bundle, as it stands there. */
export interface FeedEntry {
  readonly seq: number;
  readonly entry: string;
  readonly content: Content | null;
  readonly leaf: Hash;
  readonly receipt: string | null;
  /** Where it is in the log, and the way from there to the root; null when the checkpoint is older than the entry. */
  readonly included: { readonly position: number; readonly proof: readonly Hash[] } | null;
}

/** What a good entry came to. */
export interface Found {
  readonly receipt: Receipt | null;
  /** What the body says; null when it was erased. */
  readonly said: ReturnType<typeof saidIn>;
}

export function parseFeedEntry(value: unknown, place: Place): FeedEntry {
  const { seq, entry, salt, body, leaf, receipt, position, proof } = isObject(value) ? value : {};
  const bytes = typeof leaf === 'string' ? fromBase64(leaf) : null;
  const path = Array.isArray(proof) ? proof.map((hash) => (typeof hash === 'string' ? fromBase64(hash) : null)) : null;
  const isWhole = isCount(seq) && typeof entry === 'string' && isText(salt) && isText(body) && isText(receipt);
  const isPlaced = isCount(position) && path !== null;
  if (!isWhole || (salt === null) !== (body === null) || !bytes || (!isPlaced && position !== null)) {
    throw new FaultFound('MALFORMED', place, 'The entry does not say all.');
  }
  // A hash that cannot be read is one that leads nowhere.
  const included = isPlaced ? { position, proof: path.map((hash) => hash ?? new Uint8Array()) } : null;
  return { seq, entry, content: contentOf(salt, body), leaf: bytes, receipt, included };
}

/** Content, leaf, receipt and way to the root say the same; else throws which of them is wrong. */
export async function checkFeedEntry(each: FeedEntry, keys: Keys, checkpoint: Checkpoint): Promise<Found> {
  const place = { seq: each.seq, entry: each.entry };
  const receipt = each.receipt === null ? null : await openReceipt(each.receipt, keys, place);
  if (receipt && receipt.entry !== each.entry) {
    throw new FaultFound('ENTRY_SWAPPED', place, `The receipt is of entry ${receipt.entry}.`);
  }
  const { included, content } = each;
  const isIncluded = included && verifyInclusion(each.leaf, included.position, checkpoint, included.proof);
  if (content && !(content.leaf && sameBytes(leafHash(content.leaf), each.leaf))) {
    // Where the leaf has somebody else's word, the content is what was changed.
    const isLeafGood = isIncluded || (receipt && sameBytes(receipt.leaf, each.leaf));
    throw new FaultFound(isLeafGood ? 'BODY_TAMPERED' : 'LEAF_TAMPERED', place, 'Salt and body do not give the leaf.');
  }
  if (!isHash(each.leaf) || (receipt && !sameBytes(receipt.leaf, each.leaf))) {
    throw new FaultFound('LEAF_TAMPERED', place, 'The leaf is not the one in the receipt.');
  }
  if (included && !isIncluded) {
    const message = `The proof does not lead from the leaf at position ${included.position} to the root.`;
    throw new FaultFound('HASH_TAMPERED', { ...place, position: included.position }, message);
  }
  return { receipt, said: content ? checkSaid(each, receipt, content) : null };
}

function checkSaid({ seq, entry }: FeedEntry, receipt: Receipt | null, { body }: Content): Found['said'] {
  const said = saidIn(body);
  if (!said) throw new FaultFound('MALFORMED', { seq, entry }, 'The body is not of an entry.');
  if (said.id !== entry) throw new FaultFound('ENTRY_SWAPPED', { seq, entry }, `The body is of entry ${said.id}.`);
  if (receipt && (receipt.kind !== said.kind || receipt.iat !== said.at)) {
    throw new FaultFound('SIGNATURE_INVALID', { seq, entry }, 'The receipt gives the entry another kind or time.');
  }
  return said;
}
