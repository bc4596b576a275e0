import { IndicatorsChanged } from '../intake/report.facts.ts';
import { dropResponsibilities, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { lapseQuestions } from '../triage/lapsing.service.ts';
import { lockStanding, settleIndicators, settleUntold, type EndedCase } from './ending.queries.ts';
import { closeReferrals } from './withdrawal.flow.ts';

type Entries<Row> = readonly Recorded<Row & { id: string }>[];
const rowsOf = <Row>(entries: Entries<Row>): readonly Row[] => entries.flatMap(({ rows }) => rows);

/** Cases ended: so does what was asked because of them, and their reporters hear it. */
export async function settleEnded(clock: Clock, tx: Tx, entries: Entries<EndedCase>): Promise<Outcome> {
  const ended = rowsOf(entries);
  const at = clock.now();
  // What withdrawals end they have settled themselves, save the questions that were asked about it.
  const cases = await lockStanding(
    tx,
    ended.filter(({ state }) => state !== 'WITHDRAWN'),
  );
  const { changed, more } = await settleIndicators(tx, cases, { UNRESOLVED: 'ENDED' });
  const drafts = [...(await draftsOf(tx, IndicatorsChanged, changed))];
  if (!more) {
    const ids = cases.map(({ id }) => id);
    drafts.push(...(await closeReferrals(tx, ids, at)), ...(await lapseQuestions(tx, ended)));
    drafts.push(...responsibilityDrafts(await settleUntold(tx, cases, at)));
  }
  await append(tx, theHub(at), drafts);
  return more ? 'more' : 'done';
}

/** Cases are down on their coordinator's word: what was asked stands, since it may come back. */
export async function settleMitigated(
  clock: Clock,
  tx: Tx,
  entries: Entries<Omit<EndedCase, 'state'>>,
): Promise<Outcome> {
  const cases = await lockStanding(
    tx,
    rowsOf(entries).map((row) => ({ ...row, state: 'MITIGATED' })),
  );
  const { changed, more } = await settleIndicators(tx, cases, {});
  await append(tx, theHub(clock.now()), await draftsOf(tx, IndicatorsChanged, changed));
  return more ? 'more' : 'done';
}

/** Nothing is done about these cases: their reporters hear that, and that nobody is to be told any more. */
export async function settleRejected(
  clock: Clock,
  tx: Tx,
  entries: Entries<{ id: string; version: number; reason: string }>,
): Promise<Outcome> {
  const at = clock.now();
  const cases = await lockStanding(
    tx,
    rowsOf(entries).map((row) => ({ ...row, state: 'REJECTED', basis: row.reason })),
  );
  const { changed, more } = await settleIndicators(tx, cases, {});
  const dropped = await dropResponsibilities(
    tx,
    changed.map(({ id }) => id),
    'REJECTED',
    at,
  );
  const drafts = [...(await draftsOf(tx, IndicatorsChanged, changed)), ...responsibilityDrafts(dropped)];
  await append(tx, theHub(at), drafts);
  return more ? 'more' : 'done';
}
