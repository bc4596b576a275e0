import { fromBase64Url } from './encoding.ts';
import { FaultFound, type FaultCode } from './fault.ts';
import { parseNote, parseVkey, signatureOf, vkeyOf, type NoteKey } from './note.ts';

/** Signs checkpoints of the sizes from `from` to `until`, both of them too; null: until it is rotated. */
export interface LogKey {
  readonly key: NoteKey;
  readonly from: number;
  readonly until: number | null;
}

/** Signs receipts and statements of the seconds from `from` to `until` (since 1970), both of them too. */
export interface ReceiptKey {
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly from: number;
  readonly until: number | null;
}

/** What a hub's keys note says, once it is believed. */
export interface Keys {
  readonly origin: string;
  readonly log: readonly LogKey[];
  readonly receipt: ReadonlyMap<string, ReceiptKey>;
}

const fault = (code: FaultCode, message: string): FaultFound => new FaultFound(code, { path: 'keys' }, message);

/**
 * The keys of a hub. Whoever pins one log key believes the note because that key signed it, and so learns all others;
 * without a pinned key it shows only that the keys in it vouch for each other.
 */
export async function readKeys(text: string, pinned: NoteKey | null): Promise<Keys> {
  const note = parseNote(text);
  const keys = note && parseKeys(note.text);
  if (!note || !keys) throw fault('MALFORMED', 'The note of keys cannot be read.');
  if (pinned && !keys.log.some(({ key }) => vkeyOf(key) === vkeyOf(pinned))) {
    throw fault('KEY_UNKNOWN', `The pinned key ${vkeyOf(pinned)} is not among the keys of ${keys.origin}.`);
  }
  const states = new Map<string, string>();
  for (const { key } of keys.log) states.set(vkeyOf(key), await signatureOf(note, key));
  for (const [vkey, state] of states) {
    if (state === 'BAD') throw fault('SIGNATURE_INVALID', `The note of keys is not what ${vkey} signed.`);
  }
  const needed = pinned ? [vkeyOf(pinned)] : [...states.keys()];
  if (!needed.some((vkey) => states.get(vkey) === 'GOOD')) {
    throw fault('KEY_UNKNOWN', `The note of keys is signed by none of ${needed.join(', ')}.`);
  }
  return keys;
}

function parseKeys(text: string): Keys | null {
  const [head = '', ...lines] = text.slice(0, -1).split('\n');
  const [, origin] = /^([^\s+]+)\/keys$/.exec(head) ?? [];
  if (origin === undefined) return null;
  const log: LogKey[] = [];
  const receipt = new Map<string, ReceiptKey>();
  for (const line of lines) {
    const logKey = parseLogKey(line);
    const receiptKey = parseReceiptKey(line);
    if (logKey?.key.name === origin) log.push(logKey);
    else if (receiptKey && !receipt.has(receiptKey.kid)) receipt.set(receiptKey.kid, receiptKey);
    else return null;
  }
  return { origin, log, receipt };
}

function parseLogKey(line: string): LogKey | null {
  const [, vkey = '', from, until] = /^log (\S+) (\d{1,15}) (\d{1,15}|-)$/.exec(line) ?? [];
  const key = parseVkey(vkey);
  return key && { key, from: Number(from), until: until === '-' ? null : Number(until) };
}

function parseReceiptKey(line: string): ReceiptKey | null {
  const [, kid = '', base64 = '', from = '', until = ''] = /^receipt (\S+) (\S+) (\S+) (\S+)$/.exec(line) ?? [];
  const publicKey = fromBase64Url(base64);
  const [first, last] = [instant(from), until === '-' ? null : instant(until)];
  if (publicKey?.length !== 32 || first === undefined || last === undefined) return null;
  // Tokens count whole seconds: a window includes the seconds in which it begins and ends.
  return { kid, publicKey, from: Math.floor(first), until: last === null ? null : Math.ceil(last) };
}

export const vkeysOf = ({ log }: Keys): string[] => log.map(({ key }) => vkeyOf(key));

/** Seconds since 1970. */
function instant(text: string): number | undefined {
  const isUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
  const ms = isUtc ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

export const within = (at: number, { from, until }: { from: number; until: number | null }): boolean =>
  from <= at && (until === null || at <= until);
