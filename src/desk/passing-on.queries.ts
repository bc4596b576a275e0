import type { Tx } from '../platform/database/tx.ts';
import { pointsTo, type DeclineReason } from '../referral/answer.ts';
import type { AnswerRow } from '../referral/referral.facts.ts';

/** An answer as the item's entry has it. */
export type Answered = AnswerRow & { version: number };

/**
 * An item is asked about again when one coordinator adds to it. What the others were answered before stands, unless
 * the desk has acted after all: they neither see nor hear that somebody asked once more. What the desk says itself
 * proves that it was told; what comes of its delegate's act does not, so what it has not read waits for its own word.
 */
export function writeAnswers(
  tx: Tx,
  rows: readonly Answered[],
  { at, ownWord }: { at: Date; ownWord: boolean },
): Promise<{ id: string; item_id: string }[]> {
  return tx.query<{ id: string; item_id: string }>(
    `UPDATE referral f SET state = a.state, item_version = a.version, told = true, delivered_at = coalesce(f.delivered_at, $1), acknowledged_at = coalesce(f.acknowledged_at, $1),
        answered_at = CASE WHEN a.state IN ('ACTIONED', 'DECLINED') THEN $1 ELSE f.answered_at END,
        action = coalesce(a.action, f.action), acted_at = coalesce(a.acted, f.acted_at), decline_reason = a.reason,
        proposed_role = CASE a.points_to WHEN 'SAME' THEN f.role ELSE a.points_to END, proposed_party = a.suggested,
        review_until = a.review_until, delegated_to = a.delegated_to, paused_at = CASE WHEN a.state IN ('ACTIONED', 'DECLINED') THEN NULL ELSE f.paused_at END,
        question = coalesce(a.question, f.question), asked_at = CASE WHEN a.question IS NULL THEN f.asked_at ELSE $1 END,
        reply = CASE WHEN a.question IS NULL THEN f.reply END, replied_at = CASE WHEN a.question IS NULL THEN f.replied_at END,
        answer_note = coalesce(a.note, f.answer_note), provider_reference = coalesce(a.reference, f.provider_reference), version = f.version + 1
       FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::text[])
         AS a(item, version, state, action, acted, reason, points_to, suggested, review_until, delegated_to, question, note, reference)
      WHERE f.item_id = a.item AND f.item_version < a.version AND f.state NOT IN ('CLOSED', 'RETRACTED') AND ($2 OR f.told)
        AND (a.state = 'ACTIONED' OR f.state NOT IN ('ACTIONED', 'DECLINED')) RETURNING f.id, f.item_id`,
    [
      at,
      ownWord,
      rows.map(({ id }) => id),
      rows.map(({ version }) => version),
      rows.map(({ state }) => state),
      rows.map(({ action }) => action),
      rows.map(({ actedAt }) => actedAt),
      rows.map(({ declineReason }) => declineReason),
      rows.map(({ declineReason }) => pointsTo(declineReason as DeclineReason | null)),
      rows.map(({ suggestedParty }) => suggestedParty),
      rows.map(({ reviewUntil }) => reviewUntil),
      rows.map(({ delegatedTo }) => delegatedTo),
      rows.map(({ question }) => question),
      rows.map(({ note }) => note),
      rows.map(({ providerReference }) => providerReference),
    ],
  );
}

/** The desk has the items again: so it is said under each, unless more was said since. */
export function resumeReferrals(
  tx: Tx,
  rows: readonly { id: string; version: number }[],
): Promise<{ id: string; item_id: string }[]> {
  return tx.query<{ id: string; item_id: string }>(
    `UPDATE referral f SET state = 'ACKNOWLEDGED', item_version = a.version, review_until = NULL, delegated_to = NULL, version = f.version + 1
       FROM unnest($1::uuid[], $2::int[]) AS a(item, version)
      WHERE f.item_id = a.item AND f.item_version < a.version AND f.state IN ('IN_REVIEW', 'DELEGATED') RETURNING f.id, f.item_id`,
    [rows.map(({ id }) => id), rows.map(({ version }) => version)],
  );
}

export function actOn(tx: Tx, referrals: readonly string[]): Promise<{ id: string; outcome: string }[]> {
  return tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator SET outcome = 'ACTED', version = version + 1 WHERE outcome = 'REFERRED'
        AND id IN (SELECT indicator_id FROM referred_observable WHERE referral_id = ANY ($1)) RETURNING id, outcome`,
    [referrals],
  );
}
