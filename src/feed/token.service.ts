import { CompactSign } from 'jose';

import { canonical, parseBody } from '../ledger/entry.ts';
import { receiptKeysAt, type LogKeys, type ReceiptKey } from '../ledger/log-keys.ts';
import { SigningKey, type KeyVault } from '../ledger/signing-key.ts';
import { leafHash } from '../verifier/tree.ts';
import { RECEIPT_TYPE } from '../verifier/receipt.ts';
import { STATEMENT_TYPE } from '../verifier/statement.ts';
import type { ProvenEntry } from './receipt.queries.ts';

/** Within so many seconds an entry must be in a checkpoint: the hub's promise, which a verifier holds it to. */
const WITHIN_S = 60;
/** The only kind of leaf: a commitment to salt and body. */
const COMMITMENT = Uint8Array.of(0x01);

export const leafOf = (commitment: Uint8Array): Uint8Array => leafHash(Buffer.concat([COMMITMENT, commitment]));

/** What was stated of a feed: the row of its entry. */
export interface Stated {
  readonly id: string;
  readonly gen: number;
  readonly n: number;
  readonly h: string;
  readonly size: number;
}

/**
 * Signs receipts and statements, on every node: over nothing but what the entry says, with the key of the entry's own
 * time, by a signature without chance. So whoever asks again, anywhere, gets the same token.
 */
export class TokenService {
  private readonly held = new Map<string, SigningKey>();

  constructor(
    readonly origin: string,
    private readonly vault: KeyVault,
  ) {}

  /** Null once the content is erased, the time with it: whoever needs the token has kept it. */
  async receipt(entry: ProvenEntry, keys: LogKeys): Promise<string | null> {
    if (!entry.body) return null;
    const at = new Date(parseBody(entry.body).at);
    const leaf = Buffer.from(leafOf(entry.commitment)).toString('base64url');
    return this.sign(RECEIPT_TYPE, keys, at, { entry: entry.entry_id, kind: entry.kind, leaf, within: WITHIN_S });
  }

  statement({ id: org, gen, n, h, size }: Stated, at: Date, keys: LogKeys): Promise<string | null> {
    return this.sign(STATEMENT_TYPE, keys, at, { org, gen, n, h, size });
  }

  private async sign(typ: string, keys: LogKeys, at: Date, claims: object): Promise<string | null> {
    for (const key of receiptKeysAt(keys, at)) {
      const held = await this.find(key);
      if (!held) continue;
      const payload = canonical({ ...claims, iss: this.origin, iat: Math.floor(at.getTime() / 1000) });
      return new CompactSign(Buffer.from(payload))
        .setProtectedHeader({ alg: 'Ed25519', typ, kid: key.id })
        .sign(held.privateKey);
    }
    return null;
  }

  /** Read again when a key is new: it was added while this node ran. */
  private async find({ id, publicKey }: ReceiptKey): Promise<SigningKey | null> {
    const known = this.held.get(id);
    if (known) return known;
    const kept = (await this.vault.read())?.filter(({ purpose }) => purpose === 'RECEIPT') ?? [];
    const found = kept.map((key) => new SigningKey(key)).find((key) => key.publicKey.equals(publicKey));
    if (found) this.held.set(id, found);
    return found ?? null;
  }
}
