import { append, authorOf, draftsOf } from '../ledger/append.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import type { Viewer } from '../platform/viewer.ts';
import { onceOrRehearsed } from '../tenancy/idempotency.service.ts';
import type {
  AcknowledgeItemsInput,
  AskCoordinatorInput,
  DeclineItemsInput,
  OnItemsInput,
  ReportActionInput,
  ReviewUntilInput,
} from './answer.inputs.ts';
import { takeItems, writeAnswer, type Answer } from './answer.queries.ts';
import { REVIEW_AT_MOST_MS, checkNotes, checkText, pastInstant, pointsTo } from '../referral/answer.ts';
import type { ItemVerb } from '../referral/inbox-item.states.ts';
import { ItemsAnswered, type AnswerRow } from '../referral/referral.facts.ts';

/** What a desk says of the items on it. Each coordinator who asked hears it from the flow, and of no other. */
export class AnswerService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  acknowledge(viewer: Viewer, input: AcknowledgeItemsInput): Promise<BulkAnswers> {
    return this.answer(viewer, 'acknowledgeItems', input, 'acknowledge', {});
  }

  review(viewer: Viewer, input: ReviewUntilInput): Promise<BulkAnswers> {
    const ahead = input.until.getTime() - this.clock.now().getTime();
    if (ahead <= 0 || ahead > REVIEW_AT_MOST_MS) {
      throw new Refusal('BAD_INPUT', 'A review ends ahead, within 30 days; it may be prolonged.', ['until']);
    }
    return this.answer(viewer, 'reviewUntil', input, 'review', { reviewUntil: input.until });
  }

  ask(viewer: Viewer, input: AskCoordinatorInput): Promise<BulkAnswers> {
    checkText(input.question, 2000, 'question');
    if (!input.question.trim()) throw new Refusal('BAD_INPUT', 'Say what you need to know.', ['question']);
    return this.answer(viewer, 'askCoordinator', input, 'ask', { question: input.question });
  }

  act(viewer: Viewer, input: ReportActionInput): Promise<BulkAnswers> {
    const actedAt = pastInstant(input.actedAt, this.clock.now(), 'actedAt');
    return this.answer(viewer, 'reportAction', input, 'act', { action: input.action, actedAt });
  }

  decline(viewer: Viewer, input: DeclineItemsInput): Promise<BulkAnswers> {
    const { reason, note, suggestedParty = null } = input;
    if (reason === 'OTHER' && !note?.trim()) {
      throw new Refusal('BAD_INPUT', 'OTHER needs a note that says what.', ['note']);
    }
    checkText(suggestedParty, 256, 'suggestedParty');
    if (suggestedParty !== null && pointsTo(reason) === null) {
      throw new Refusal('BAD_INPUT', `${reason} points to nobody else.`, ['suggestedParty']);
    }
    return this.answer(viewer, 'declineItems', input, 'decline', { declineReason: reason, suggestedParty });
  }

  private answer(
    viewer: Viewer,
    operation: string,
    { idempotencyKey: key, dryRun, ...content }: OnItemsInput & { note?: string | null },
    verb: ItemVerb,
    said: Partial<Answer>,
  ): Promise<BulkAnswers> {
    checkNotes(content);
    const { note = null, providerReference = null } = content;
    const answer: Answer = { ...SILENT, note, providerReference, ...said, verb };
    return onceOrRehearsed(this.work, viewer, { key, operation, input: content, dryRun }, async (tx) => {
      const at = this.clock.now();
      const { answers, taken } = await takeItems(tx, viewer, content.items, verb);
      const rows = await writeAnswer(tx, taken, answer, at);
      const drafts = await draftsOf(
        tx,
        ItemsAnswered,
        rows.map((row) => toRow(row, answer)),
      );
      const [entryId = null] = await append(tx, authorOf(viewer, at), drafts);
      return { answers, entryId };
    });
  }
}

const SILENT: Omit<Answer, 'verb' | 'note' | 'providerReference'> = {
  action: null,
  actedAt: null,
  declineReason: null,
  suggestedParty: null,
  reviewUntil: null,
  question: null,
};

function toRow({ id, state, version }: { id: string; state: string; version: number }, { verb: _, ...said }: Answer) {
  return {
    id,
    version,
    state: state as AnswerRow['state'],
    ...said,
    actedAt: said.actedAt?.toISOString() ?? null,
    reviewUntil: said.reviewUntil?.toISOString() ?? null,
    delegatedTo: null,
  };
}
