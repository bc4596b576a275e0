import { FaultFound, type FaultCode } from './fault.ts';
import { hashesInTiles, hashesOfLeaves, type LogSource } from './log-source.ts';
import { hashesOfPayloads, type Content } from './payloads.ts';
import { leafHash, sameBytes, type Hash } from './tree.ts';

/** Three say what stands at a position: the entry bundle, the tile of level 0, and the payload unless it was erased. */
export interface Witnesses {
  readonly leaf: Uint8Array;
  readonly tile: Hash;
  readonly content: Content | null;
}

export interface Disagreement {
  /** The one that stands against the others, and what it holds there; null: nothing that can be read. */
  readonly wrong: 'leaves' | 'payloads';
  readonly found: Hash | null;
  readonly expected: Hash;
  readonly code: FaultCode;
  readonly message: string;
}

/** Null when they agree. */
export function disagreementOf({ leaf, tile, content }: Witnesses): Disagreement | null {
  const hash = leafHash(leaf);
  const agrees = content?.leaf != null && sameBytes(content.leaf, leaf);
  if (sameBytes(hash, tile)) {
    if (!content || agrees) return null;
    const message = 'Salt and body do not give the leaf.';
    const found = content.leaf && leafHash(content.leaf);
    return { wrong: 'payloads', found, expected: tile, code: 'BODY_TAMPERED', message };
  }
  // Of an erased entry only two are left to ask, and its leaf is blamed.
  const code = agrees ? 'HASH_TAMPERED' : 'LEAF_TAMPERED';
  const message = agrees ? 'The hash in the tile is not that of the leaf.' : 'The leaf has not the hash in the tile.';
  return { wrong: 'leaves', found: hash, expected: tile, code, message };
}

/** Throws the fault: which of the three is wrong, and whether it belongs elsewhere. */
export async function throwFault(
  source: LogSource,
  size: number,
  position: number,
  wrong: Disagreement,
): Promise<never> {
  const { found, expected } = wrong;
  const own = wrong.wrong === 'leaves' ? hashesOfLeaves(source, size) : hashesOfPayloads(source);
  if (await standsElsewhere(own, expected, position)) {
    throw new FaultFound('ENTRY_SWAPPED', { position }, `What belongs at position ${position} stands elsewhere.`);
  }
  if (found && (await standsElsewhere(hashesInTiles(source, size), found, position))) {
    throw new FaultFound('ENTRY_MISSING', { position }, `At position ${position} stands what belongs elsewhere.`);
  }
  throw new FaultFound(wrong.code, { position }, wrong.message);
}

async function standsElsewhere(hashes: AsyncIterable<Hash | null>, wanted: Hash, position: number): Promise<boolean> {
  let at = 0;
  for await (const hash of hashes) {
    if (at !== position && hash && sameBytes(hash, wanted)) return true;
    at += 1;
  }
  return false;
}
