import { leafData } from '../../src/verifier/leaf.ts';
import { bundleOf, leavesOf } from '../../src/verifier/tiles.ts';
import { leafHash } from '../../src/verifier/tree.ts';
import { base64, organisationOf } from '../support/log-bundle.ts';
import { flipped, swap, without, type Tampering } from './tampering.ts';

type Files = Map<string, Uint8Array>;
const bytesOf = (files: Files, name: string): Buffer => Buffer.from(files.get(name) ?? new Uint8Array());
const linesOf = (files: Files, name: string): string[] => bytesOf(files, name).toString().split('\n').slice(0, -1);
const asText = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

function withFile(files: Files, name: string, bytes: Uint8Array | null): Files {
  const changed = new Map(files);
  if (bytes) changed.set(name, bytes);
  else changed.delete(name);
  return changed;
}

const flip = (name: string, at: number) => (files: Files) => {
  const bytes = bytesOf(files, name);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at);
  return withFile(files, name, bytes);
};
const lines = (name: string, change: (all: string[]) => string[]) => (files: Files) =>
  withFile(files, name, asText(change(linesOf(files, name))));
const line = (name: string, at: number, change: (value: Record<string, unknown>) => object) =>
  lines(name, (all) =>
    all.map((each, index) =>
      index === at ? JSON.stringify(change(JSON.parse(each) as Record<string, unknown>)) : each,
    ),
  );
const cut = (name: string, length: number) => (files: Files) =>
  withFile(files, name, bytesOf(files, name).subarray(0, length));
const remove = (name: string) => (files: Files) => withFile(files, name, null);
const after =
  (...changes: ((files: Files) => Files)[]) =>
  (files: Files) =>
    changes.reduce((changed, change) => change(changed), files);

/** Positions as they would be had nothing been done. */
const renumbered = (all: readonly string[]): string[] =>
  all.map((each, position) => JSON.stringify({ ...(JSON.parse(each) as object), position }));
/** Of this organisation's feed, and of this number or a later one. */
function isOf(feedLine: string, word: string, from: number): boolean {
  const { organisation, seq } = JSON.parse(feedLine) as { organisation: string; seq: number };
  return organisation === organisationOf(word) && seq >= from;
}
const leaves = (name: string, change: (all: Uint8Array[]) => Uint8Array[]) => (files: Files) =>
  withFile(files, name, bundleOf(change([...leavesOf(bytesOf(files, name))])));

const LEAVES_0 = 'tile/entries/000';
const LEAVES_1 = 'tile/entries/001';
const LEAVES_2 = 'tile/entries/002.p/88';
const PAYLOADS = 'payloads.ndjson';
const FEEDS = 'feeds.ndjson';
/** Bytes of a leaf in its bundle. */
const LEAF = 35;

/** On the log of `storyLog`: 600 entries, so two full bundles and one of 88. */
export const LOG_TAMPERINGS: readonly Tampering<Files>[] = [
  {
    title: 'a byte of a leaf',
    change: flip(LEAVES_1, 44 * LEAF + 20),
    fault: { fault: 'LEAF_TAMPERED', position: 300 },
  },
  {
    title: 'a byte of the leaf of an erased entry',
    change: flip(LEAVES_1, 74 * LEAF + 20),
    fault: { fault: 'LEAF_TAMPERED', position: 330 },
  },
  {
    title: 'the length of a leaf',
    change: flip(LEAVES_1, 3 * LEAF + 1),
    fault: { fault: 'LEAF_TAMPERED', position: 259 },
  },
  {
    title: 'a byte of a body',
    change: line(PAYLOADS, 123, (value) => ({ ...value, body: flipped(value.body, 40) })),
    fault: { fault: 'BODY_TAMPERED', position: 123 },
  },
  {
    title: 'a byte of a salt',
    change: line(PAYLOADS, 124, (value) => ({ ...value, salt: flipped(value.salt) })),
    fault: { fault: 'BODY_TAMPERED', position: 124 },
  },
  {
    title: 'a letter of a salt, so that it is no base64',
    change: line(PAYLOADS, 125, (value) => ({ ...value, salt: `!${String(value.salt).slice(1)}` })),
    fault: { fault: 'BODY_TAMPERED', position: 125 },
  },
  {
    title: 'a byte of the hash of a leaf',
    change: flip('tile/0/000', 77 * 32 + 9),
    fault: { fault: 'HASH_TAMPERED', position: 77 },
  },
  {
    title: 'a byte of the hash of a feed',
    change: line(FEEDS, 50, (value) => ({ ...value, hash: flipped(value.hash) })),
    fault: { fault: 'FEED_CHAIN_BROKEN', path: `${FEEDS}:51` },
  },
  {
    title: 'a byte of a tile',
    change: flip('tile/1/000.p/2', 40),
    fault: { fault: 'TILE_TAMPERED', position: 256, path: 'tile/1/000.p/2' },
  },
  {
    title: 'a byte of the root in the checkpoint',
    change: flip('checkpoint', 20),
    fault: { fault: 'CHECKPOINT_TAMPERED', path: 'checkpoint' },
  },
  {
    title: 'a byte of a checkpoint of earlier',
    change: lines('checkpoints.ndjson', (all) =>
      all.map((each, index) => (index === 3 ? each.replace('256', '255') : each)),
    ),
    fault: { fault: 'CHECKPOINT_TAMPERED', path: 'checkpoints.ndjson:4' },
  },
  {
    title: 'a byte of the keys',
    change: flip('keys', 0),
    fault: { fault: 'MALFORMED', path: 'keys' },
  },
  {
    title: 'a deleted payload',
    change: lines(PAYLOADS, (all) => without(all, 200)),
    fault: { fault: 'ENTRY_MISSING', position: 200 },
  },
  {
    title: 'a deleted payload, and positions that hide it',
    change: lines(PAYLOADS, (all) => renumbered(without(all, 200))),
    fault: { fault: 'ENTRY_MISSING', position: 200 },
  },
  {
    title: 'an entry deleted from bundle and payloads',
    change: after(
      leaves(LEAVES_0, (all) => without(all, 200)),
      lines(PAYLOADS, (all) => renumbered(without(all, 200))),
    ),
    fault: { fault: 'ENTRY_MISSING', position: 200 },
  },
  {
    title: 'the last entry of a bundle deleted',
    change: leaves(LEAVES_0, (all) => without(all, 255)),
    fault: { fault: 'ENTRY_MISSING', position: 255 },
  },
  {
    title: 'a number deleted from a feed',
    change: lines(FEEDS, (all) => without(all, 0)),
    fault: { fault: 'FEED_NOT_DENSE', seq: 1, organisation: organisationOf('cert') },
  },
  {
    title: 'two payloads swapped',
    change: lines(PAYLOADS, (all) => swap(all, 10, 20)),
    fault: { fault: 'ENTRY_SWAPPED', position: 10 },
  },
  {
    title: 'two payloads swapped, and positions that hide it',
    change: lines(PAYLOADS, (all) => renumbered(swap(all, 10, 20))),
    fault: { fault: 'ENTRY_SWAPPED', position: 10 },
  },
  {
    title: 'two leaves swapped',
    change: leaves(LEAVES_0, (all) => swap(all, 10, 20)),
    fault: { fault: 'ENTRY_SWAPPED', position: 10 },
  },
  {
    title: 'two entries swapped, in bundle and payloads',
    change: after(
      leaves(LEAVES_0, (all) => swap(all, 10, 20)),
      lines(PAYLOADS, (all) => renumbered(swap(all, 10, 20))),
    ),
    fault: { fault: 'ENTRY_SWAPPED', position: 10 },
  },
  {
    title: 'payloads cut off',
    change: lines(PAYLOADS, (all) => all.slice(0, 590)),
    fault: { fault: 'LOG_TRUNCATED', position: 590 },
  },
  { title: 'leaves cut off', change: cut(LEAVES_2, 80 * LEAF), fault: { fault: 'LOG_TRUNCATED', position: 592 } },
  {
    title: 'whole files cut off',
    change: after(
      remove(LEAVES_2),
      remove('tile/0/002.p/88'),
      lines(PAYLOADS, (all) => all.slice(0, 512)),
    ),
    fault: { fault: 'LOG_TRUNCATED', position: 512 },
  },
  {
    title: 'a checkpoint of earlier in the place of the last',
    change: (files) =>
      withFile(files, 'checkpoint', Buffer.from(JSON.parse(linesOf(files, 'checkpoints.ndjson')[6] ?? '') as string)),
    fault: { fault: 'LOG_TRUNCATED', position: 481, path: 'checkpoints.ndjson:8' },
  },
  {
    title: 'a feed cut off before its end that was stated',
    change: lines(FEEDS, (all) => all.filter((each) => !isOf(each, 'host', 87))),
    fault: { fault: 'LOG_TRUNCATED', organisation: organisationOf('host'), seq: 87 },
  },
  {
    title: 'tiles cut off',
    change: cut('tile/0/001', 100 * 32),
    fault: { fault: 'TILE_TAMPERED', position: 356, path: 'tile/0/001' },
  },
  { title: 'a tile left out', change: remove('tile/1/000.p/2'), fault: { fault: 'TILE_TAMPERED', position: 0 } },
  {
    title: 'a file left out',
    change: remove(FEEDS),
    fault: { fault: 'MALFORMED', path: FEEDS },
  },
  {
    title: 'an entry written anew in every place that says what it was',
    change: forge,
    fault: { fault: 'INCONSISTENT', position: 257, path: 'checkpoints.ndjson:6' },
  },
  {
    title: 'another entry named beside a body',
    change: line(PAYLOADS, 40, (value) => ({ ...value, entry: organisationOf('nobody') })),
    fault: { fault: 'MALFORMED', position: 40 },
  },
  {
    title: 'a payload that no checkpoint covers',
    change: lines(PAYLOADS, (all) => [
      ...all,
      JSON.stringify({ ...(JSON.parse(all[0] ?? '') as object), position: 600 }),
    ]),
    fault: { fault: 'MALFORMED', position: 600 },
  },
];

/** Position 270, told otherwise: payload, leaf and hash agree, and only what was signed does not. */
function forge(files: Files): Files {
  const payload = JSON.parse(linesOf(files, PAYLOADS)[270] ?? '') as { salt: string; body: string };
  const body = Buffer.from(Buffer.from(payload.body, 'base64').toString().replace('"v":1', '"v":2'));
  const leaf = leafData(Buffer.from(payload.salt, 'base64'), body);
  const tile = bytesOf(files, 'tile/0/001');
  tile.set(leafHash(leaf), 14 * 32);
  return after(
    line(PAYLOADS, 270, (value) => ({ ...value, body: base64(body) })),
    leaves(LEAVES_1, (all) => all.map((each, at) => (at === 14 ? leaf : each))),
    (changed) => withFile(changed, 'tile/0/001', tile),
  )(files);
}
