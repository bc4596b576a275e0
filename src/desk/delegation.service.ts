import { append, authorOf, draftsOf } from '../ledger/append.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { newIds, rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { onceOrRehearsed } from '../tenancy/idempotency.service.ts';
import { takeItems } from './answer.queries.ts';
import { checkNotes } from '../referral/answer.ts';
import { findPassable } from './delegation.queries.ts';
import { DelegateShownAs, type DelegateItemsInput, type RevokeDelegationInput } from './delegation.inputs.ts';
import type { InboxItem } from '../referral/inbox-item.entity.ts';
import { ItemsAnswered, ItemsDelegated, ItemsResumed } from '../referral/referral.facts.ts';

interface Delegate {
  readonly id: string;
  readonly name: string;
}

/** Items handed on to another provider, one hop: the desk's own times stay, and it may act at any time. */
export class DelegationService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  delegate(viewer: Viewer, { idempotencyKey: key, dryRun, ...content }: DelegateItemsInput): Promise<BulkAnswers> {
    checkNotes(content);
    const at = this.clock.now();
    const { dueAt = null, note = null } = content;
    if (dueAt && dueAt <= at) throw new Refusal('BAD_INPUT', 'dueAt lies in the past.', ['dueAt']);
    const request = { key, operation: 'delegateItems', input: content, dryRun };
    return onceOrRehearsed(this.work, viewer, request, async (tx) => {
      const delegate = await findDelegate(tx, content.delegate);
      const passable = await findPassable(tx, viewer, content.items);
      const { answers, taken } = await takeItems(tx, viewer, content.items, 'delegate', (item) => {
        if (!passable.has(item.id)) throw new Refusal('NEEDS_CONSENT', FOR_YOU_ALONE);
        if (dueAt && dueAt > item.dueAt) throw new Refusal('BAD_INPUT', "dueAt lies after the item's own.");
      });
      const rows = await writeDelegation(tx, taken, delegate, content, at);
      const handed = rows.map(({ id, delegation, due_at }) => ({
        ...{ id, delegation, delegate: delegate.id, note },
        dueAt: (dueAt ?? due_at).toISOString(),
      }));
      const [entryId = null] = await append(tx, authorOf(viewer, at), [
        ...(await draftsOf(tx, ItemsAnswered, rows.map(toAnswer))),
        ...(await draftsOf(tx, ItemsDelegated, handed)),
      ]);
      return { answers, entryId };
    });
  }

  revoke(viewer: Viewer, { idempotencyKey: key, dryRun, ...content }: RevokeDelegationInput): Promise<BulkAnswers> {
    checkNotes(content);
    const request = { key, operation: 'revokeDelegation', input: content, dryRun };
    return onceOrRehearsed(this.work, viewer, request, async (tx) => {
      const { answers, taken } = await takeItems(tx, viewer, content.items, 'revoke');
      const rows = await tx.query<{ id: string; version: number }>(
        `UPDATE inbox_item SET state = 'ACKNOWLEDGED', delegated_to = NULL, provider_reference = coalesce($2, provider_reference), version = version + 1
          WHERE id = ANY ($1) RETURNING id, version`,
        [taken.map(({ id }) => id), content.providerReference ?? null],
      );
      const resumed = rows.map((row) => ({ ...row, reason: 'REVOKED' as const }));
      const drafts = await draftsOf(tx, ItemsResumed, resumed);
      const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
      return { answers, entryId };
    });
  }
}

const FOR_YOU_ALONE = 'All that was seen there is labelled AMBER+STRICT or RED: it is for your organisation alone.';

async function findDelegate(tx: Tx, globalId: string): Promise<Delegate> {
  const id = rowIdOf('Organisation', globalId);
  const [found] = await tx.query<{ name: string }>('SELECT name FROM delegate_named($1)', [id]);
  if (!id || !found) throw new Refusal('NOT_FOUND', 'There is no provider of this id to delegate to.', ['delegate']);
  return { id, name: found.name };
}

interface Delegated {
  id: string;
  version: number;
  delegation: string;
  delegated_to: string;
  due_at: Date;
  provider_reference: string | null;
}

function writeDelegation(
  tx: Tx,
  taken: readonly InboxItem[],
  delegate: Delegate,
  { shownAs, providerReference }: Pick<DelegateItemsInput, 'shownAs' | 'providerReference'>,
  at: Date,
): Promise<Delegated[]> {
  return tx.query<Delegated & object>(
    `UPDATE inbox_item t SET state = 'DELEGATED', delegation = a.delegation, delegated_to = $4, acknowledged_at = coalesce(t.acknowledged_at, $3),
        provider_reference = coalesce($5, t.provider_reference), review_until = NULL, next_at = NULL, version = t.version + 1
       FROM unnest($1::uuid[], $2::uuid[]) AS a(id, delegation) WHERE t.id = a.id
     RETURNING t.id, t.version, t.delegation, t.delegated_to, t.due_at, $5::text AS provider_reference`,
    [
      taken.map(({ id }) => id),
      newIds(taken.length),
      at,
      // Neither country nor size of an organisation is known to the hub.
      shownAs === DelegateShownAs.NAMED ? delegate.name : 'a reseller',
      providerReference ?? null,
    ],
  );
}

function toAnswer({ id, version, delegated_to, provider_reference }: Delegated) {
  return {
    ...{ id, version, state: 'DELEGATED' as const, delegatedTo: delegated_to, providerReference: provider_reference },
    ...{ action: null, actedAt: null, declineReason: null, note: null },
    ...{ suggestedParty: null, reviewUntil: null, question: null },
  };
}
