import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { checkpointText } from '../../src/verifier/checkpoint.ts';
import { cosignatureLine, cosignedText } from '../../src/verifier/cosignature.ts';
import { FEED_BUNDLE } from '../../src/verifier/feed-bundle.ts';
import { EMPTY_CHAIN, leafData, nextInChain } from '../../src/verifier/leaf.ts';
import type { LogSource } from '../../src/verifier/log-source.ts';
import { vkeyOf, writeNote, type NoteKey } from '../../src/verifier/note.ts';
import { proveInclusion } from '../../src/verifier/proof.ts';
import { RECEIPT_TYPE } from '../../src/verifier/receipt.ts';
import { FEED_STATED, STATEMENT_TYPE } from '../../src/verifier/statement.ts';
import { bundleOf, bundlePath, tilePath, tilesOf, TILE_WIDTH } from '../../src/verifier/tiles.ts';
import { Frontier, leafHash, type Hash } from '../../src/verifier/tree.ts';
import { TestKey } from './log-bundle-keys.ts';

export const ORIGIN = 'tocsin-test';
export const OLD_LOG_KEY = new TestKey('log key 1');
export const LOG_KEY = new TestKey('log key 2');
export const RECEIPT_KEY = new TestKey('receipt-key-1');
/** Checkpoints of larger sizes are signed with the second key. */
const ROTATED_AT = 300;
/** Of the first entry; one follows each second. */
const BEGAN = Date.parse('2026-11-24T10:00:00Z') / 1000;
const BLANK = new Uint8Array();

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const idOf = (text: string): string => {
  const hex = digest(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
export const organisationOf = (word: string): string => idOf(`organisation ${word}`);

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly salt: Uint8Array;
  readonly body: Uint8Array;
  readonly leaf: Uint8Array;
  readonly erased: boolean;
}

interface FeedEntry {
  readonly organisation: string;
  readonly seq: number;
  readonly entry: Entry;
  readonly position: number;
  readonly hash: Hash;
}

/** A log as a hub would write it, small, and the same in every run. */
export class TestLog {
  readonly entries: Entry[] = [];
  readonly feed: FeedEntry[] = [];
  readonly statements: { readonly organisation: string; readonly token: string }[] = [];
  readonly tree = new Frontier();
  readonly checkpoints: string[] = [];
  private readonly nodes = new Map<string, Hash>();

  /** An entry of the organisations that hear it. */
  append(kind: string, hears: readonly string[], rows: readonly object[] = [], erased = false): void {
    const position = this.entries.length;
    const id = idOf(`entry ${position}`);
    const at = BEGAN + position;
    const body = Buffer.from(
      JSON.stringify({ actor: null, at: new Date(at * 1000 + 250).toISOString(), id, kind, rows, v: 1 }),
    );
    const salt = Uint8Array.from(digest(`salt ${position}`));
    const entry = { id, kind, at, salt, body, leaf: leafData(salt, body), erased };
    this.entries.push(entry);
    this.tree.append(leafHash(entry.leaf), ({ level, index }, hash) => this.nodes.set(`${level}/${index}`, hash));
    for (const word of hears) {
      const { n, h } = this.end(word);
      const hash = nextInChain(h, leafHash(entry.leaf));
      this.feed.push({ organisation: organisationOf(word), seq: n + 1, entry, position, hash });
    }
  }

  /** States the end of a feed, which is itself an entry of that feed. */
  state(word: string): void {
    const { n, h } = this.end(word);
    const [size, organisation] = [this.entries.length, organisationOf(word)];
    const said = { gen: 1, h: base64url(h), n, size };
    this.append(FEED_STATED, [word], [{ ...said, id: organisation }]);
    const token = RECEIPT_KEY.jws(STATEMENT_TYPE, { ...said, iat: BEGAN + size, iss: ORIGIN, org: organisation });
    this.statements.push({ organisation, token });
  }

  end(word: string): { readonly n: number; readonly h: Hash } {
    const last = this.feed.findLast(({ organisation }) => organisation === organisationOf(word));
    return { n: last?.seq ?? 0, h: last?.hash ?? EMPTY_CHAIN };
  }

  sign(key = this.entries.length > ROTATED_AT ? LOG_KEY : OLD_LOG_KEY): string {
    return signCheckpoint({ size: this.entries.length, root: this.tree.root() }, key);
  }

  publish(): void {
    this.checkpoints.push(this.sign());
  }

  receiptOf({ id, kind, leaf, at }: Entry, claims: object = {}): string {
    const said = { entry: id, iat: at, iss: ORIGIN, kind, leaf: base64url(leafHash(leaf)), within: 60, ...claims };
    return RECEIPT_KEY.jws(RECEIPT_TYPE, said);
  }

  /** The log bundle, with the last checkpoint that was published. */
  files(keys = keysNote()): Map<string, Uint8Array> {
    const size = this.entries.length;
    const files = new Map<string, Uint8Array>();
    const text = (name: string, lines: readonly string[]) =>
      files.set(name, Buffer.from(lines.map((line) => `${line}\n`).join('')));
    files.set('keys', Buffer.from(keys));
    files.set('checkpoint', Buffer.from(this.checkpoints.at(-1) ?? ''));
    text(
      'checkpoints.ndjson',
      this.checkpoints.map((note) => JSON.stringify(note)),
    );
    for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
      for (const tile of tilesOf(level, size)) files.set(tilePath(tile), this.tile(level, tile.index, tile.width));
    }
    for (const { index, width } of tilesOf(0, size)) {
      const leaves = this.entries.slice(index * TILE_WIDTH, index * TILE_WIDTH + width).map(({ leaf }) => leaf);
      files.set(bundlePath({ index, width }), bundleOf(leaves));
    }
    text(
      'payloads.ndjson',
      this.entries.map((each, position) => JSON.stringify(payloadOf(each, position))),
    );
    text(
      'feeds.ndjson',
      this.feed.map((each) => JSON.stringify(feedLineOf(each))),
    );
    return files;
  }

  /** The proofs of one organisation; `size` is that of the checkpoint it comes with, which later entries are not under. */
  async feedBundle(word: string, { size = this.entries.length, keys = keysNote() } = {}): Promise<FeedBundle> {
    const organisation = organisationOf(word);
    const own = this.feed.filter((each) => each.organisation === organisation);
    const entries = own.map(async ({ seq, entry, position }) => ({
      ...{ seq, entry: entry.id, ...contentOf(entry), leaf: base64(leafHash(entry.leaf)) },
      ...{ receipt: seq % 5 === 0 ? null : this.receiptOf(entry), position: position < size ? position : null },
      proof: position < size ? (await this.prove(position, size)).map(base64) : [],
    }));
    const ofSize = new Frontier();
    for (const { leaf } of this.entries.slice(0, size)) ofSize.append(leafHash(leaf));
    return {
      ...{ format: FEED_BUNDLE, origin: ORIGIN, organisation, generation: 1, keys },
      checkpoint: signCheckpoint({ size, root: ofSize.root() }, size > ROTATED_AT ? LOG_KEY : OLD_LOG_KEY),
      entries: await Promise.all(entries),
      statements: this.statements.flatMap((each) => (each.organisation === organisation ? [each.token] : [])),
    };
  }

  private prove(position: number, size: number): Promise<Hash[]> {
    return proveInclusion(position, size, async (asked) =>
      asked.map(({ level, index }) => this.nodes.get(`${level}/${index}`) ?? BLANK),
    );
  }

  private tile(level: number, index: number, width: number): Uint8Array {
    const hashes = Array.from({ length: width }, (_, at) => `${level * 8}/${index * TILE_WIDTH + at}`);
    return Buffer.concat(hashes.map((key) => this.nodes.get(key) ?? BLANK));
  }
}

export interface FeedBundle {
  readonly checkpoint: string;
  readonly keys: string;
  readonly entries: readonly FeedBundleEntry[];
  readonly statements: readonly string[];
  readonly [other: string]: unknown;
}

export interface FeedBundleEntry {
  readonly seq: number;
  readonly entry: string;
  readonly salt: string | null;
  readonly body: string | null;
  readonly leaf: string;
  readonly receipt: string | null;
  readonly position: number | null;
  readonly proof: readonly string[];
}

export function signCheckpoint({ size, root }: { size: number; root: Hash }, key: TestKey): string {
  const text = checkpointText({ origin: ORIGIN, size, root });
  return writeNote(text, [{ key: key.named(ORIGIN), signature: key.sign(text) }]);
}

/** A checkpoint with the cosignature of a witness under it. */
export function cosign(note: string, witness: NoteKey & { sign(text: string): Uint8Array }, seconds = BEGAN): string {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  return note + cosignatureLine(witness, seconds, witness.sign(cosignedText(text, seconds)));
}

export const pinnedOf = (key: TestKey): string => vkeyOf(key.named(ORIGIN));

/** Both log keys, with the receipt key; signed by both, as when the second had just taken over. */
export function keysNote(
  receiptUntil = '-',
  signers: readonly TestKey[] = [OLD_LOG_KEY, LOG_KEY],
  rotatedAt = ROTATED_AT,
): string {
  const lines = [
    `${ORIGIN}/keys`,
    `log ${pinnedOf(OLD_LOG_KEY)} 0 ${rotatedAt}`,
    `log ${pinnedOf(LOG_KEY)} ${rotatedAt} -`,
    `receipt ${RECEIPT_KEY.word} ${base64url(RECEIPT_KEY.publicKey)} 2026-11-24T00:00:00.000Z ${receiptUntil}`,
  ];
  const text = lines.map((line) => `${line}\n`).join('');
  return writeNote(
    text,
    signers.map((key) => ({ key: key.named(ORIGIN), signature: key.sign(text) })),
  );
}

function payloadOf(entry: Entry, position: number): object {
  return { position, entry: entry.id, kind: entry.kind, ...contentOf(entry) };
}

function contentOf({ salt, body, erased }: Entry): { salt: string | null; body: string | null } {
  return { salt: erased ? null : base64(salt), body: erased ? null : base64(body) };
}

function feedLineOf({ organisation, seq, entry, hash }: FeedEntry): object {
  return { organisation, generation: 1, seq, entry: entry.id, hash: base64(hash) };
}

/** 600 entries, three feeds, two log keys, one entry erased, the end of each feed stated twice. */
export function storyLog(): TestLog {
  const log = new TestLog();
  for (let position = 0; position < 600; position += 1) {
    if (position === 299 || position === 597) log.state('host');
    else if (position === 400 || position === 598) log.state('vendor');
    else if (position === 450 || position === 599) log.state('cert');
    else {
      const hears = ['cert', ...(position % 2 === 0 ? ['vendor'] : []), ...(position % 7 === 0 ? ['host'] : [])];
      log.append('INDICATORS_ACCEPTED', hears, [{ id: idOf(`row ${position}`) }], position === 330);
    }
    if ([0, 1, 7, 255, 256, 300, 480, 599].includes(position)) log.publish();
  }
  return log;
}

/** Reads a bundle in memory. */
export function sourceOf(files: ReadonlyMap<string, Uint8Array>): LogSource {
  return {
    read: async (name) => files.get(name) ?? null,
    lines: (name) => {
      const bytes = files.get(name);
      return bytes ? linesOf(Buffer.from(bytes).toString()) : null;
    },
  };
}

/** Seven at a time, so that every file is at some line not at hand yet. */
async function* linesOf(text: string): AsyncGenerator<string[]> {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  for (let from = 0; from < lines.length; from += 7) yield lines.slice(from, from + 7);
}

/** Writes a bundle to a folder. */
export function writeFiles(files: ReadonlyMap<string, Uint8Array>, folder: string): void {
  for (const [name, bytes] of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
