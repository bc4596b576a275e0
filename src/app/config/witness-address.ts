import { parseWitnessVkey } from '../../verifier/cosignature.ts';
import type { NoteKey } from '../../verifier/note.ts';

/** Where a witness is asked, and the key that its signatures must be of. */
export interface WitnessAddress {
  readonly url: string;
  readonly key: NoteKey;
}

/** `address key, address key`; null for each that is not that. */
export function readWitnesses(text: string): (WitnessAddress | null)[] {
  return text.split(',').map((each) => {
    const [address = '', word = '', ...rest] = each.trim().split(/\s+/);
    const url = /^https?:/i.test(address) ? URL.parse(address) : null;
    const key = parseWitnessVkey(word);
    return url && key && rest.length === 0 ? { url: address.replace(/\/+$/, ''), key } : null;
  });
}

/** All of them have to sign, unless fewer are said to be enough. */
export function quorumOf(
  read: readonly (WitnessAddress | null)[],
  said: number | undefined,
): { each: WitnessAddress[]; quorum: number } | null {
  const each = read.flatMap((witness) => witness ?? []);
  return each.length === 0 ? null : { each, quorum: said ?? each.length };
}
