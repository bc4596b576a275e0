import { EMPTY_CHAIN } from '../../src/verifier/leaf.ts';
import { base64, organisationOf, type FeedBundle, type FeedBundleEntry } from '../support/log-bundle.ts';
import { flipped, swap, without, type Tampering } from './tampering.ts';

const entry = (at: number, change: (each: FeedBundleEntry) => FeedBundleEntry) => (bundle: FeedBundle) => ({
  ...bundle,
  entries: bundle.entries.map((each, index) => (index === at ? change(each) : each)),
});
const entries = (change: (all: readonly FeedBundleEntry[]) => readonly FeedBundleEntry[]) => (bundle: FeedBundle) => ({
  ...bundle,
  entries: change(bundle.entries),
});
const inOrder = (all: readonly FeedBundleEntry[]): FeedBundleEntry[] =>
  all.map((each, index) => ({ ...each, seq: index + 1 }));
/** Another signature: of the same length, and nobody's. */
const forgedToken = (token: string | null | undefined): string =>
  `${token?.slice(0, -20) ?? ''}AAAA${token?.slice(-16) ?? ''}`;

/** On the feed bundle of the host in `storyLog`: 88 entries, each fifth without a receipt, number 44 states the first 43. */
export const FEED_TAMPERINGS: readonly Tampering<FeedBundle>[] = [
  {
    title: 'a byte of a leaf',
    change: entry(2, (each) => ({ ...each, leaf: flipped(each.leaf) })),
    fault: { fault: 'LEAF_TAMPERED', seq: 3 },
  },
  {
    title: 'a byte of a body',
    change: entry(4, (each) => ({ ...each, body: flipped(each.body, 40) })),
    fault: { fault: 'BODY_TAMPERED', seq: 5 },
  },
  {
    title: 'a byte of a salt',
    change: entry(2, (each) => ({ ...each, salt: flipped(each.salt) })),
    fault: { fault: 'BODY_TAMPERED', seq: 3 },
  },
  {
    title: 'a byte of the salt of what is not in the log yet',
    change: entry(2, (each) => ({ ...each, salt: flipped(each.salt), position: null, proof: [] })),
    fault: { fault: 'BODY_TAMPERED', seq: 3 },
  },
  {
    title: 'a byte of a hash in a proof',
    change: entry(7, (each) => ({ ...each, proof: each.proof.map((hash, at) => (at === 3 ? flipped(hash) : hash)) })),
    fault: { fault: 'HASH_TAMPERED', seq: 8 },
  },
  {
    title: 'a proof of another length',
    change: entry(7, (each) => ({ ...each, proof: [...each.proof, base64(EMPTY_CHAIN)] })),
    fault: { fault: 'HASH_TAMPERED', seq: 8 },
  },
  {
    title: 'another position',
    change: entry(7, (each) => ({ ...each, position: (each.position ?? 0) + 1 })),
    fault: { fault: 'HASH_TAMPERED', seq: 8 },
  },
  {
    title: 'a byte of a receipt',
    change: entry(8, (each) => ({ ...each, receipt: forgedToken(each.receipt) })),
    fault: { fault: 'SIGNATURE_INVALID', seq: 9 },
  },
  {
    title: 'a byte of the checkpoint',
    change: (bundle) => ({ ...bundle, checkpoint: bundle.checkpoint.replace('\n600\n', '\n601\n') }),
    fault: { fault: 'CHECKPOINT_TAMPERED', path: 'checkpoint' },
  },
  {
    title: 'a byte of a statement',
    change: (bundle) => ({
      ...bundle,
      statements: swap([forgedToken(bundle.statements[1]), bundle.statements[0] ?? ''], 0, 1),
    }),
    fault: { fault: 'SIGNATURE_INVALID', path: 'statements:2' },
  },
  {
    title: 'a number deleted',
    change: entries((all) => without(all, 30)),
    fault: { fault: 'FEED_NOT_DENSE', seq: 31 },
  },
  {
    title: 'an entry deleted, and numbers that hide it',
    change: entries((all) => inOrder(without(all, 30))),
    fault: { fault: 'STATEMENT_WRONG', seq: 43 },
  },
  {
    title: 'two entries swapped',
    change: entries((all) => swap(all, 11, 12)),
    fault: { fault: 'ENTRY_SWAPPED', seq: 12 },
  },
  {
    title: 'two entries swapped, and numbers that hide it',
    change: entries((all) => inOrder(swap(all, 11, 12))),
    fault: { fault: 'ENTRY_SWAPPED', seq: 13 },
  },
  {
    title: 'the receipt of another entry',
    change: (bundle) => entry(1, (each) => ({ ...each, receipt: bundle.entries[2]?.receipt ?? null }))(bundle),
    fault: { fault: 'ENTRY_SWAPPED', seq: 2 },
  },
  { title: 'the end cut off', change: entries((all) => all.slice(0, 60)), fault: { fault: 'LOG_TRUNCATED', seq: 61 } },
  {
    title: 'another organisation',
    change: (bundle) => ({ ...bundle, organisation: organisationOf('nobody') }),
    fault: { fault: 'STATEMENT_WRONG', path: 'statements:1' },
  },
  {
    title: 'an earlier generation than that of its statements',
    change: (bundle) => ({ ...bundle, generation: 0 }),
    fault: { fault: 'STATEMENT_WRONG', path: 'statements:1' },
  },
  {
    title: 'another hub',
    change: (bundle) => ({ ...bundle, origin: 'tocsin-other' }),
    fault: { fault: 'MALFORMED', path: 'keys' },
  },
  { title: 'another format', change: (bundle) => ({ ...bundle, format: 'mail' }), fault: { fault: 'MALFORMED' } },
];
