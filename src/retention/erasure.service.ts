import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, rowIdOf } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { ErasureOrdered } from './erasure.facts.ts';
import type { EraseEntryInput } from './erasure.inputs.ts';
import { isErasable } from './erasure.ts';

export class ErasureService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** Orders it, in the operator's name; the clock carries it out. */
  order(viewer: Viewer, { idempotencyKey, ...content }: EraseEntryInput): Promise<{ entryId: string }> {
    const reason = content.reason.trim();
    if (reason === '' || reason.length > 2000 || !isKeepable(reason)) {
      throw new Refusal('BAD_INPUT', 'A reason has 1 to 2,000 characters.', ['reason']);
    }
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'eraseEntry', input: content }, async () => {
        const entry = rowIdOf('Entry', content.entry);
        const [found] = await tx.query<{ kind: string; erased: boolean }>('SELECT kind, erased FROM erasable($1)', [
          entry,
        ]);
        if (!found) throw notFound(['entry']);
        if (found.erased) throw new Refusal('WRONG_STATE', 'Its words are gone already.', ['entry']);
        if (!isErasable(found.kind)) {
          throw new Refusal('WRONG_STATE', `${found.kind} says nothing but what proofs rest on, and stays.`, ['entry']);
        }
        const [at, erasure, organisation] = [this.clock.now(), newId(), viewer.organisationId];
        const ordered = await tx.query(
          `INSERT INTO erasure (id, organisation_id, entry_id, reason, ordered_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (entry_id) DO NOTHING RETURNING id`,
          [erasure, organisation, entry, reason, at],
        );
        if (ordered.length === 0) throw new Refusal('WRONG_STATE', 'It is being erased already.', ['entry']);
        const row = { id: organisation, erasure, entry: entry ?? '', reason };
        return { entryId: await appendOne(tx, authorOf(viewer, at), draft(ErasureOrdered, [row])) };
      }),
    );
  }
}
