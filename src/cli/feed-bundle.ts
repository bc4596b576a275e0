import { setTimeout as pause } from 'node:timers/promises';

import { parseCheckpoint } from '../verifier/checkpoint.ts';
import { toBase64 } from '../verifier/encoding.ts';
import { parseNote } from '../verifier/note.ts';
import { proveInclusion, type ReadNodes } from '../verifier/proof.ts';
import { tileAt, tilePath } from '../verifier/tiles.ts';
import { nodesIn, type TileId } from '../ledger/tiles.ts';
import type { ApiClient } from './api-client.ts';
import { EXIT, Failure } from './failure.ts';

/** One organisation's proof, as docs/protocols/ledger.md has it. */
export interface FeedBundle {
  readonly format: 'tocsin-feed-bundle/1';
  readonly origin: string;
  /** The row id: what entries call it. */
  readonly organisation: string;
  readonly generation: number;
  readonly keys: string;
  readonly checkpoint: string;
  /** Seconds since 1970 at which the hub said that this was its newest checkpoint. */
  readonly fetchedAt: number;
  readonly statements: readonly string[];
  readonly entries: readonly BundledEntry[];
}

export interface BundledEntry {
  readonly seq: number;
  readonly entry: string;
  readonly salt: string | null;
  readonly body: string | null;
  readonly leaf: string;
  readonly receipt: string | null;
  readonly position: number | null;
  readonly proof: readonly string[];
}

interface Page {
  readonly receipts: {
    readonly cursor: string;
    readonly head: string;
    readonly receipts: readonly {
      readonly entryId: string;
      readonly token: string | null;
      readonly leafHash: string;
      readonly salt: string | null;
      readonly body: string | null;
      readonly sequence: string;
      readonly position: string;
    }[];
  };
}

const PAGE = `query ($after: String) { receipts(after: $after, first: 1000) { cursor head receipts {
  entryId token leafHash salt body sequence position } } }`;
const WHOSE = '{ viewer { organisation { id } } feedStatement { token receipt { sequence } } }';
/** How often something is asked for again that is there in a moment, if the hub is well. */
const PATIENCE = 100;
const PAUSE_MS = 100;
/** Hashes that are kept for a number of entries: a large log has more than should be kept for all. */
const ENTRIES_A_READER = 2_000;

interface Whose {
  readonly viewer: { readonly organisation: { readonly id: string } };
  readonly feedStatement: {
    readonly token: string | null;
    readonly receipt: { readonly sequence: string | null };
  } | null;
}

/**
 * Reads a feed to its end, then proves all of it against one checkpoint: the proofs are computed here, from the public
 * tiles, so that the hub has no more to do than to send them.
 */
export async function bundleFeed(client: ApiClient, hub: URL): Promise<FeedBundle> {
  const { viewer, feedStatement } = await statedAndNumbered(client);
  const { entries, generation } = await readFeed(client);
  const last = Math.max(-1, ...lastPositions(entries));
  const { note: checkpoint, size, origin } = await checkpointBeyond(hub, last);
  const proven = await prove(entries, size, () => nodesIn((tiles) => readTiles(hub, tiles, size)));
  const token = feedStatement?.token;
  return {
    format: 'tocsin-feed-bundle/1',
    ...{ origin, organisation: rowOf(viewer.organisation.id), generation },
    keys: await text(hub, 'keys'),
    checkpoint,
    fetchedAt: Math.floor(Date.now() / 1000),
    statements: token == null ? [] : [token],
    entries: proven,
  };
}

/** Positions grow along a feed. */
const lastPositions = (entries: readonly BundledEntry[]): number[] =>
  entries.slice(-1).flatMap(({ position }) => position ?? []);

/** The last statement, once its own entry is in the feed: it is a part of what it is checked against. */
async function statedAndNumbered(client: ApiClient): Promise<Whose> {
  for (let patience = PATIENCE; ; patience -= 1) {
    const whose = await client.ask<Whose>(WHOSE);
    if (patience === 0 || whose.feedStatement?.receipt.sequence !== null) return whose;
    await pause(PAUSE_MS);
  }
}

async function readFeed(client: ApiClient): Promise<{ entries: BundledEntry[]; generation: number }> {
  const entries: BundledEntry[] = [];
  for (let after: string | null = null; ;) {
    const { receipts: page }: Page = await client.ask<Page>(PAGE, { after });
    for (const { entryId, token: receipt, leafHash: leaf, salt, body, sequence, position } of page.receipts) {
      const place = { seq: Number(sequence), position: Number(position) };
      entries.push({ ...place, entry: rowOf(entryId), salt, body, leaf, receipt, proof: [] });
    }
    after = page.cursor;
    if (after === page.head) return { entries, generation: Number(after.split('.')[0]) };
  }
}

/** The newest checkpoint; waited for a little while when it does not reach to the end of the feed yet. */
async function checkpointBeyond(hub: URL, position: number): Promise<{ note: string; size: number; origin: string }> {
  for (let patience = PATIENCE; ; patience -= 1) {
    const note = await text(hub, 'checkpoint');
    const checkpoint = parseCheckpoint(parseNote(note)?.text ?? '');
    if (!checkpoint) throw failed('checkpoint');
    if (checkpoint.size > position || patience === 0) return { note, ...checkpoint };
    await pause(PAUSE_MS);
  }
}

/** What the checkpoint does not cover has no place in the log yet. */
async function prove(entries: readonly BundledEntry[], size: number, reader: () => ReadNodes): Promise<BundledEntry[]> {
  const proven: BundledEntry[] = [];
  let read = reader();
  for (const entry of entries) {
    const { position } = entry;
    if (position === null || position >= size) proven.push({ ...entry, position: null });
    else proven.push({ ...entry, proof: (await proveInclusion(position, size, read)).map(toBase64) });
    if (proven.length % ENTRIES_A_READER === 0) read = reader();
  }
  return proven;
}

function readTiles(hub: URL, tiles: readonly TileId[], size: number) {
  return Promise.all(
    tiles.map(async (tile) => {
      const response = await get(hub, tilePath(tileAt(tile.level, tile.idx, size)));
      return { ...tile, hashes: new Uint8Array(await response.arrayBuffer()) };
    }),
  );
}

const text = async (hub: URL, path: string): Promise<string> => (await get(hub, path)).text();

async function get(hub: URL, path: string): Promise<Response> {
  const response = await fetch(new URL(path, hub));
  if (!response.ok) throw failed(path, response.status);
  return response;
}

function failed(path: string, status?: number): Failure {
  const answer = status === undefined ? 'what is none' : `HTTP ${status}`;
  return new Failure(
    'NO_PROOF',
    `The hub answers ${answer} for /${path}: it has signed nothing yet, or /readyz says why.`,
    EXIT.FAILED,
  );
}

const rowOf = (globalId: string): string => Buffer.from(globalId, 'base64url').toString().split(':')[1] ?? '';
