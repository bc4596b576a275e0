import { newId } from '../platform/ids.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Candidate, RefusedItem } from './indicator.ts';
import {
  idsByOrd,
  insertIndicators,
  insertUnresolved,
  knownByExternalId,
  knownInReport,
  type KnownIndicator,
  type NewIndicator,
  type Target,
} from './submission.queries.ts';

/** The answer to one item, in the order in which the items were sent. */
export type ItemAnswer =
  | { readonly kind: 'ACCEPTED'; readonly id: string }
  /** The reporter's own earlier indicator; nobody else's is ever meant. */
  | { readonly kind: 'JOINED'; readonly id: string }
  | { readonly kind: 'REFUSED'; readonly refusal: RefusedItem };

export type ReadItem = Candidate | RefusedItem;

/** Where in a report a submission stands. */
export interface Batch extends Target {
  readonly firstOrd: number;
  readonly sealed: boolean;
}

const MISMATCH: RefusedItem = {
  ok: false,
  code: 'EXTERNAL_ID_MISMATCH',
  hint: 'You gave this externalId to an indicator with other content. A name is for ever; use another.',
};
const LISTS_CHANGED: RefusedItem = {
  ok: false,
  code: 'LISTS_CHANGED',
  hint: 'It was refused when this was first sent, and could be accepted now. Send it again under another key.',
};

/** Whether anything of it would be written. */
export async function hasNews(tx: Tx, batch: Batch, items: readonly ReadItem[]): Promise<boolean> {
  const known = await knownTo(tx, batch, items);
  return items.some((item) => item.ok && known.answer(item) === null);
}

/** What was written of a submission, and the answer to each item. */
export interface Stored {
  readonly rows: readonly NewIndicator[];
  readonly answers: readonly ItemAnswer[];
}

/** Writes what is new of a submission. Set-based: the number of statements is fixed. */
export async function store(tx: Tx, batch: Batch, items: readonly ReadItem[], at: Date): Promise<Stored> {
  const known = await knownTo(tx, batch, items, { inReport: batch.firstOrd > 0 });
  const rows: NewIndicator[] = [];
  const answers = items.map((item, index): ItemAnswer => {
    if (!item.ok) return { kind: 'REFUSED', refusal: item };
    const before = known.answer(item);
    if (before) return before;
    const id = newId();
    const outcome = !item.resource ? 'CONTEXT' : batch.sealed ? 'RECEIVED' : 'HELD';
    known.remember(item, id);
    rows.push({ id, ord: batch.firstOrd + index, candidate: item, outcome });
    return { kind: 'ACCEPTED', id };
  });
  insertIndicators(tx, batch, rows);
  insertUnresolved(tx, batch, rows, at);
  return { rows, answers };
}

/** The answers to a repeated submission, equal to the first ones: rebuilt from the rows. */
export async function answersOf(tx: Tx, batch: Batch, items: readonly ReadItem[]): Promise<ItemAnswer[]> {
  const accepted = await idsByOrd(tx, batch.reportId, batch.firstOrd, items.length);
  const known = await knownTo(tx, batch, accepted.size === items.length ? [] : items);
  return items.map((item, index): ItemAnswer => {
    const id = accepted.get(batch.firstOrd + index);
    if (id !== undefined) return { kind: 'ACCEPTED', id };
    if (!item.ok) return { kind: 'REFUSED', refusal: item };
    return known.answer(item) ?? { kind: 'REFUSED', refusal: LISTS_CHANGED };
  });
}

/** What the reporter has said before, and what it says twice in one breath. */
class Known {
  private readonly byName = new Map<string, { id: string; contentHash: Buffer }>();
  private readonly byClaim = new Map<string, string>();

  constructor(named: readonly KnownIndicator[], claimed: readonly KnownIndicator[]) {
    for (const { id, external_id, content_hash } of named) {
      if (external_id !== null) this.byName.set(external_id, { id, contentHash: content_hash });
    }
    for (const { id, claim } of claimed) this.byClaim.set(claim, id);
  }

  answer({ item, contentHash, claim }: Candidate): ItemAnswer | null {
    const named = item.externalId == null ? undefined : this.byName.get(item.externalId);
    if (named) {
      if (!named.contentHash.equals(contentHash)) return { kind: 'REFUSED', refusal: MISMATCH };
      return { kind: 'JOINED', id: named.id };
    }
    const claimed = this.byClaim.get(claim);
    return claimed === undefined ? null : { kind: 'JOINED', id: claimed };
  }

  /** A later item of the same submission may repeat this one, under its name or as the same claim. */
  remember({ item, contentHash, claim }: Candidate, id: string): void {
    if (item.externalId != null) this.byName.set(item.externalId, { id, contentHash });
    this.byClaim.set(claim, id);
  }
}

/** `inReport`: whether the report can claim something yet; not before an item was given a place in it. */
async function knownTo(
  tx: Tx,
  batch: Batch,
  items: readonly ReadItem[],
  { inReport } = { inReport: true },
): Promise<Known> {
  const candidates = items.filter((item) => item.ok);
  const names = candidates.flatMap(({ item }) => item.externalId ?? []);
  // Two submissions at once under one name: the second waits for the first, and then finds what it wrote.
  if (names.length > 0) tx.send('SELECT pg_advisory_xact_lock(hashtextextended($1, 2))', [batch.reporterId]);
  const [named, claimed] = await Promise.all([
    knownByExternalId(tx, batch.reporterId, names),
    candidates.length === 0 || !inReport ? [] : knownInReport(tx, batch, candidates),
  ]);
  return new Known(named, claimed);
}
