import { IndicatorsChanged } from '../intake/report.facts.ts';
import { markByReferral, responsibilityDrafts, type Progress } from '../intake/responsibility.flow.ts';
import { ResponsibilityState } from '../intake/responsibility.states.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { endStrays } from '../referral/delegated-item.flow.ts';
import { giveBack } from './delegation.flow.ts';
import { actOn, resumeReferrals, writeAnswers, type Answered } from './passing-on.queries.ts';
import { pauseOthers } from './pause.flow.ts';
import {
  ItemsClosed,
  ReferralsAnswered,
  ReferralsPaused,
  type AnswerRow,
  type ResumedRow,
} from '../referral/referral.facts.ts';

/**
 * An item was answered: so is every referral that lay under it then, each to its own coordinator. Of two answers the
 * later one counts, in whichever order the lanes bring them. One who was answered is not answered anew because of what
 * another coordinator added: it would tell of the other. What a delegate answers goes to its delegator first.
 */
export async function passAnswersOn(clock: Clock, tx: Tx, entry: Recorded<Answered>): Promise<Outcome> {
  const ids = entry.rows.map(({ id }) => id);
  const answers = new Map(entry.rows.map((row) => [row.id, row]));
  const returned = await giveBack(tx, ids, entry.at);
  const withdrawn = await endStrays(tx, ids);
  const referrals = await writeAnswers(tx, entry.rows, { at: entry.at, ownWord: entry.actor !== null });
  const rows = referrals.flatMap(({ id, item_id }) => {
    const answer = answers.get(item_id);
    return answer ? [{ ...withoutVersion(answer), id }] : [];
  });
  const idsWhere = (fits: (row: AnswerRow) => boolean): string[] => rows.filter(fits).map(({ id }) => id);
  const paused = await pauseOthers(
    tx,
    idsWhere(({ declineReason }) => declineReason === 'FALSE_POSITIVE'),
    entry.at,
  );
  const indicators = await actOn(
    tx,
    idsWhere(({ state }) => state === 'ACTIONED'),
  );
  const responsibilities = await markByReferral(tx, rows.map(toProgress), entry.at);
  await append(tx, theHub(clock.now()), [
    ...(await draftsOf(tx, ReferralsAnswered, rows)),
    ...(await draftsOf(tx, ReferralsPaused, paused)),
    ...(await draftsOf(tx, ItemsClosed, withdrawn)),
    ...returned,
    ...(await draftsOf(tx, IndicatorsChanged, indicators)),
    ...responsibilityDrafts(responsibilities),
  ]);
  return 'done';
}

/** Items are the desk's own to answer again: no delegate has them any more, and whoever waited for one hears it. */
export async function passResumedOn(clock: Clock, tx: Tx, entries: readonly Recorded<ResumedRow>[]): Promise<Outcome> {
  // An answered question is answered for one coordinator alone; those of the others stay open.
  const rows = entries.flatMap((entry) => entry.rows.filter(({ reason }) => reason !== 'QUESTION_ANSWERED'));
  const withdrawn = await endStrays(
    tx,
    rows.map(({ id }) => id),
  );
  const referrals = await resumeReferrals(tx, rows);
  await append(tx, theHub(clock.now()), [
    ...(await draftsOf(
      tx,
      ReferralsAnswered,
      referrals.map(({ id }) => ({ id, ...TAKEN_UP })),
    )),
    ...(await draftsOf(tx, ItemsClosed, withdrawn)),
  ]);
  return 'done';
}

const TAKEN_UP: Omit<AnswerRow, 'id'> = {
  state: 'ACKNOWLEDGED',
  action: null,
  actedAt: null,
  declineReason: null,
  note: null,
  providerReference: null,
  suggestedParty: null,
  reviewUntil: null,
  question: null,
  delegatedTo: null,
};

/** The item's version counts what other coordinators asked: it is the provider's alone. */
function withoutVersion({ version: _, ...answer }: Answered): AnswerRow {
  return answer;
}

/** What a reporter may know of it: that the party has it in hand, has acted, or does not act, and why. */
function toProgress({ id, state, action, actedAt, declineReason, providerReference }: AnswerRow): Progress {
  const answer = {
    final: state === 'ACTIONED' || state === 'DECLINED',
    ...{ action, actedAt, declineReason, providerReference },
  };
  switch (state) {
    case 'ACKNOWLEDGED':
    case 'IN_REVIEW':
    case 'NEEDS_INFORMATION':
    case 'DELEGATED':
      return { referralId: id, state: ResponsibilityState.ACKNOWLEDGED, reason: null, answer };
    case 'ACTIONED':
      return { referralId: id, state: ResponsibilityState.ACTED_ON_WORD, reason: null, answer };
    case 'DECLINED':
      return {
        referralId: id,
        state: ResponsibilityState.ACKNOWLEDGED,
        reason: `DECLINED: ${declineReason ?? 'OTHER'}`,
        answer,
      };
  }
}
