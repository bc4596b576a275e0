import fc from 'fast-check';

import { checkpointText, parseCheckpoint } from '../../src/verifier/checkpoint.ts';
import { FaultFound } from '../../src/verifier/fault.ts';
import { FEED_BUNDLE, verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { readKeys } from '../../src/verifier/keys.ts';
import { parseNote, parseVkey, vkeyOf, writeNote } from '../../src/verifier/note.ts';
import { openReceipt } from '../../src/verifier/receipt.ts';
import { mangled, must, orRefused, same, target } from './target.ts';

const HASH = Buffer.alloc(32, 7).toString('base64');
const CHECKPOINT = `hub.example/log\n42\n${HASH}\n`;
const KEY = { name: 'hub.example/log', publicKey: new Uint8Array(32).fill(9) };
const NOTE = writeNote(CHECKPOINT, [{ key: KEY, signature: new Uint8Array(64).fill(3) }]);
const KEYS = writeNote(`hub.example/log/keys\nlog ${vkeyOf(KEY)} 0 -\n`, [{ key: KEY, signature: new Uint8Array(64) }]);
const BUNDLE = JSON.stringify({
  ...{ format: FEED_BUNDLE, origin: 'hub.example/log', organisation: 'T3JnYW5pc2F0aW9uOjE', generation: 1 },
  ...{
    keys: KEYS,
    checkpoint: NOTE,
    fetchedAt: 1_800_000_000,
    entries: [{ seq: 1, token: 'a.b.c', proof: [HASH] }],
    statements: [],
  },
});
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const RECEIPT = `${part({ alg: 'Ed25519', typ: 'tocsin-receipt+jwt', kid: 'a' })}.${part({ iat: 1, iss: 'hub.example/log' })}.AAAA`;
const SIGNS = [
  '\n',
  '\n\n',
  '— ',
  '+',
  '=',
  '/',
  ' ',
  '\t',
  '\0',
  '0',
  '9007199254740993',
  '-1',
  'hub.example/log',
  HASH,
];
const NO_KEYS = { origin: 'hub.example/log', log: [], receipt: new Map() };

export const PROOFS = [
  target('note', mangled([NOTE, KEYS, CHECKPOINT], SIGNS), (text) => {
    const note = parseNote(text);
    if (!note) return false;
    must(text.startsWith(note.text) && note.text.endsWith('\n'), 'what was signed is the beginning of the note');
    for (const { id } of note.signatures) must(id.length === 4, 'a signature says by four bytes whose it is');
    return true;
  }),

  target('checkpoint', mangled([CHECKPOINT], SIGNS), (text) => {
    const checkpoint = parseCheckpoint(text);
    if (!checkpoint) return false;
    const again = parseCheckpoint(checkpointText(checkpoint));
    same([again?.origin, again?.size], [checkpoint.origin, checkpoint.size], 'a checkpoint reads as itself');
    must(text.startsWith(checkpointText(checkpoint).slice(0, -1)), 'a checkpoint has one spelling');
    return true;
  }),

  target('vkey', mangled([vkeyOf(KEY)], SIGNS), (text) => {
    const key = parseVkey(text);
    if (key) same(vkeyOf(key), text, 'a key has one spelling');
    return key !== null;
  }),

  target(
    'keys',
    mangled([KEYS], SIGNS),
    async (text) => (await orRefused(() => readKeys(text, null), FaultFound)) !== null,
  ),

  target('receipt', mangled([RECEIPT], [...SIGNS, '.', '..', 'eyJ']), async (token) => {
    const receipt = await orRefused(() => openReceipt(token, NO_KEYS, {}), FaultFound);
    must(receipt === null, 'nothing is believed that no key signed');
    return false;
  }),

  target(
    'feed-bundle',
    fc.oneof(mangled([BUNDLE], [...SIGNS, '{', '}', '[', ']', '"', ',', ':']), fc.json()),
    async (json) => {
      const { ok, fault } = await verifyFeedBundle(json, { pinned: null, seen: null });
      must(!ok && fault !== null, 'what nobody signed is not good, and the verdict says why');
      return false;
    },
  ),
];
