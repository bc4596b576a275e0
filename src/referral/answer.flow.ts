import { IndicatorsChanged } from '../intake/report.facts.ts';
import { ResponsibilityState } from '../intake/responsibility.states.ts';
import { markByReferral, responsibilityDrafts, type Progress } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ReferralsAnswered, type AnswerRow } from './referral.facts.ts';

type Answered = AnswerRow & { version: number };

/**
 * An item was answered: so is every referral that lay under it then, each to its own coordinator. Of two answers the
 * later one counts, in whichever order the lanes bring them. One who was answered is not answered anew because of what
 * another coordinator added: it would tell of the other.
 */
export async function passAnswersOn(clock: Clock, tx: Tx, entry: Recorded<Answered>): Promise<Outcome> {
  const answers = new Map(entry.rows.map((row) => [row.id, row]));
  const referrals = await writeAnswers(tx, entry.rows, entry.at);
  const rows = referrals.flatMap(({ id, item_id }) => {
    const answer = answers.get(item_id);
    return answer ? [{ ...withoutVersion(answer), id }] : [];
  });
  const acted = rows.filter(({ state }) => state === 'ACTIONED').map(({ id }) => id);
  const indicators = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator SET outcome = 'ACTED', version = version + 1 WHERE outcome = 'REFERRED'
        AND id IN (SELECT indicator_id FROM referred_observable WHERE referral_id = ANY ($1)) RETURNING id, outcome`,
    [acted],
  );
  const responsibilities = await markByReferral(tx, rows.map(toProgress), entry.at);
  await append(tx, theHub(clock.now()), [
    ...(await draftsOf(tx, ReferralsAnswered, rows)),
    ...(await draftsOf(tx, IndicatorsChanged, indicators)),
    ...responsibilityDrafts(responsibilities),
  ]);
  return 'done';
}

/** The item's version counts what other coordinators asked: it is the provider's alone. */
function withoutVersion({ version: _, ...answer }: Answered): AnswerRow {
  return answer;
}

/**
 * An item is asked about again when one coordinator adds to it. What the others were answered before stands, unless
 * the desk has acted after all: they neither see nor hear that somebody asked once more.
 */
function writeAnswers(tx: Tx, rows: readonly Answered[], at: Date): Promise<{ id: string; item_id: string }[]> {
  return tx.query<{ id: string; item_id: string }>(
    `UPDATE referral f SET state = a.state, item_version = a.version, told = true, delivered_at = coalesce(f.delivered_at, $1), acknowledged_at = coalesce(f.acknowledged_at, $1),
        answered_at = CASE WHEN a.state IN ('ACTIONED', 'DECLINED') THEN $1 ELSE f.answered_at END,
        action = coalesce(a.action, f.action), acted_at = coalesce(a.acted, f.acted_at), decline_reason = a.reason,
        answer_note = coalesce(a.note, f.answer_note), provider_reference = coalesce(a.reference, f.provider_reference), version = f.version + 1
       FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[])
         AS a(item, version, state, action, acted, reason, note, reference)
      WHERE f.item_id = a.item AND f.item_version < a.version AND f.state <> 'CLOSED'
        AND (a.state = 'ACTIONED' OR f.state NOT IN ('ACTIONED', 'DECLINED')) RETURNING f.id, f.item_id`,
    [
      at,
      rows.map(({ id }) => id),
      rows.map(({ version }) => version),
      rows.map(({ state }) => state),
      rows.map(({ action }) => action),
      rows.map(({ actedAt }) => actedAt),
      rows.map(({ declineReason }) => declineReason),
      rows.map(({ note }) => note),
      rows.map(({ providerReference }) => providerReference),
    ],
  );
}

function toProgress({ id, state, action, actedAt, declineReason, providerReference }: AnswerRow): Progress {
  const answer = { final: state !== 'ACKNOWLEDGED', action, actedAt, declineReason, providerReference };
  switch (state) {
    case 'ACKNOWLEDGED':
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
