import { append, authorOf, draftsOf } from '../ledger/append.ts';
import { checkBulkSize, takeEach, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { onceOrRehearsed } from '../tenancy/idempotency.service.ts';
import { checkText } from '../referral/answer.ts';
import type { AnswerProviderInput } from './reply.inputs.ts';
import { Referral } from '../referral/referral.entity.ts';
import { ReferralsReplied } from '../referral/referral.facts.ts';
import { referralStates } from '../referral/referral.states.ts';

/** What a coordinator answers a party that asked, for itself: what other coordinators say is between them and the party. */
export class ReplyService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  answer(viewer: Viewer, { idempotencyKey: key, dryRun, ...content }: AnswerProviderInput): Promise<BulkAnswers> {
    const { referrals, answer: reply } = content;
    checkBulkSize(referrals, 'referrals');
    checkText(reply, 2000, 'answer');
    if (!reply.trim()) throw new Refusal('BAD_INPUT', 'Say what the party needs to know.', ['answer']);
    const request = { key, operation: 'answerProvider', input: content, dryRun };
    return onceOrRehearsed(this.work, viewer, request, async (tx) => {
      const ids = referrals.map(({ id }) => rowIdOf('Referral', id));
      const found = await tx.list(
        Referral,
        'WHERE t.id = ANY ($1) AND t.coordinator_id = $2 ORDER BY t.id FOR UPDATE',
        [ids, viewer.organisationId],
      );
      const { answers, taken } = takeEach(referrals, ids, found, ({ state }) =>
        referralStates.after(state, 'answerQuestion'),
      );
      const at = this.clock.now();
      const rows = await tx.query<{ id: string }>(
        `UPDATE referral SET state = 'ACKNOWLEDGED', reply = $2, replied_at = $3, version = version + 1 WHERE id = ANY ($1) RETURNING id`,
        [taken.map(({ id }) => id), reply, at],
      );
      const drafts = await draftsOf(
        tx,
        ReferralsReplied,
        rows.map(({ id }) => ({ id, reply })),
      );
      const [entryId = null] = await append(tx, authorOf(viewer, at), drafts);
      return { answers, entryId };
    });
  }
}
