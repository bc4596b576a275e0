import { nodesIn } from '../ledger/tiles.ts';
import { tilesBy } from '../ledger/tree.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { inclusionPath, proveInclusion } from '../verifier/proof.ts';
import { nodesOf } from '../verifier/tree.ts';
import { newestCheckpoint, type StoredCheckpoint } from './receipt.queries.ts';
import type { Checkpoint, Inclusion } from './receipt.type.ts';

const newest = perRequest<'newest', StoredCheckpoint | null>(async (tx) => [await newestCheckpoint(tx)]);

export async function checkpointOf(context: RequestContext, origin: string): Promise<Checkpoint | null> {
  const stored = await newest(context).load('newest');
  return stored && toCheckpoint(stored, origin);
}

function toCheckpoint({ size, root, note, signed_at: signedAt }: StoredCheckpoint, origin: string): Checkpoint {
  return { origin, size, root: root.toString('base64'), signedAt, note };
}

/** Null while the newest checkpoint does not reach so far. */
export async function inclusionOf(
  context: RequestContext,
  origin: string,
  position: number,
): Promise<Inclusion | null> {
  const checkpoint = await checkpointOf(context, origin);
  if (!checkpoint || position >= Number(checkpoint.size)) return null;
  const proof = await proofs(context).load(position);
  return { position: String(position), treeSize: checkpoint.size, proof: [...proof], checkpoint };
}

/** For all entries of an answer at once: their tiles are read together, and hashed once. */
const proofs = perRequest<number, readonly string[]>(async (tx, positions) => {
  const stored = await newestCheckpoint(tx);
  const size = Number(stored?.size ?? 0);
  const read = nodesIn(tilesBy((text, values) => tx.query(text, values)));
  await read(positions.flatMap((position) => inclusionPath(position, size).flatMap(nodesOf)));
  const found: string[][] = [];
  for (const position of positions) {
    const hashes = await proveInclusion(position, size, read);
    found.push(hashes.map((hash) => Buffer.from(hash).toString('base64')));
  }
  return found;
});
