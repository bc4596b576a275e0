import { IndicatorsChanged } from '../intake/report.facts.ts';
import { responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesEnded } from '../triage/case.facts.ts';
import { approachParties, findUnasked, isAsked, type ApproachedParty, type AskedParty } from './asking.queries.ts';
import { endWithoutParty, markNotAsked, markReferred, referIndicators } from './consequences.queries.ts';
import { fillChildren } from './delegated-item.flow.ts';
import {
  findLines,
  lockForwarded,
  placeItems,
  placeReferrals,
  type ForwardedCase,
  type Item,
  type Line,
  type Placed,
} from './issue.queries.ts';
import { copyObservables } from './observables.queries.ts';
import { ItemsArrived, ReferralsExtended, ReferralsIssued } from './referral.facts.ts';
import type { CaseRequest } from './request.ts';

/** As the entry says it of each case. */
export type Forwarded = CaseRequest & {
  readonly id: string;
  readonly version: number;
  readonly issued?: boolean | undefined;
};

/** Cases were forwarded. What was issued with that is not looked at again: by now it may have been answered, and closed. */
export async function issueReferrals(clock: Clock, tx: Tx, entries: readonly Recorded<Forwarded>[]): Promise<Outcome> {
  const at = clock.now();
  const forwarded = entries.flatMap(({ rows }) => rows).filter(({ issued }) => !issued);
  await append(tx, theHub(at), await referralsFor(tx, forwarded, at));
  return 'done';
}

/**
 * Each party of forwarded cases gets an item on its desk and, under it, this coordinator's request with what its
 * sources let it know. What was forwarded before only grows by what was confirmed since.
 */
export async function referralsFor(tx: Tx, forwarded: readonly Forwarded[], at: Date): Promise<Draft[]> {
  if (forwarded.length === 0) return [];
  const requests = new Map(forwarded.map((row) => [row.id, row]));
  const cases = await lockForwarded(tx, [...requests.keys()]);
  const ids = cases.map(({ id }) => id);
  const [known, lines] = await Promise.all([approachParties(tx, cases, (id) => requests.get(id)), findLines(tx, ids)]);
  const parties = known.filter(isAsked);
  return [
    ...(await refer(tx, cases, requests, parties, lines, at)),
    ...(await passOver(tx, known, lines, at)),
    ...(await endPartyless(tx, cases, requests, parties, at)),
  ];
}

async function refer(
  tx: Tx,
  cases: readonly ForwardedCase[],
  requests: ReadonlyMap<string, Forwarded>,
  parties: readonly AskedParty[],
  lines: readonly Line[],
  at: Date,
): Promise<Draft[]> {
  const wanted = placesOf(cases, requests, parties, lines);
  if (wanted.length === 0) return [];
  const items = await placeItems(tx, wanted, at);
  const { issued, known } = await placeReferrals(tx, wanted, items, at);
  const grown = await copyObservables(tx, issued, known);
  const touched = new Set([...issued, ...grown].map(({ itemId }) => itemId));
  const shown = lines.map(({ id }) => id);
  const [handedOn, indicators, responsibilities] = await Promise.all([
    fillChildren(tx, [...touched]),
    referIndicators(tx, shown),
    markReferred(tx, [...issued, ...known], lines, at),
  ]);
  return [
    ...(await draftsOf(tx, ItemsArrived, [...arrivals(items, touched), ...handedOn])),
    ...(await draftsOf(
      tx,
      ReferralsIssued,
      issued.map(({ row }) => row),
    )),
    ...(await draftsOf(
      tx,
      ReferralsExtended,
      grown.map(({ id, observables }) => ({ id, observables })),
    )),
    ...(await draftsOf(tx, IndicatorsChanged, indicators)),
    ...responsibilityDrafts(responsibilities),
  ];
}

function arrivals(items: readonly Item[], touched: ReadonlySet<string>) {
  return items
    .filter(({ id }) => touched.has(id))
    .map(({ id, role, kind, value }) => ({ id, role, kind, resource: value }));
}

/** Each case with each of its parties, where anything may be shown. */
function placesOf(
  cases: readonly ForwardedCase[],
  requests: ReadonlyMap<string, Forwarded>,
  parties: readonly AskedParty[],
  lines: readonly Line[],
): Placed[] {
  const caseOf = new Map(cases.map((one) => [one.id, one]));
  const linesOf = Map.groupBy(lines, ({ case_id }) => case_id);
  return parties.flatMap((party): Placed[] => {
    const one = caseOf.get(party.case_id);
    const request = requests.get(party.case_id);
    const shown = linesOf.get(party.case_id) ?? [];
    return one && request && shown.length > 0 ? [{ case: one, party, request, lines: shown }] : [];
  });
}

/** Whom the assessment or the coordinator spares, or leaves for a next step, is recorded as not asked, for whoever reported it. */
async function passOver(tx: Tx, known: readonly ApproachedParty[], lines: readonly Line[], at: Date): Promise<Draft[]> {
  const asked = new Set(known.filter(isAsked).map(({ case_id }) => case_id));
  const unasked = await findUnasked(tx, [...asked]);
  const spared = [...known.filter((party) => !isAsked(party) && asked.has(party.case_id)), ...unasked];
  return spared.length === 0 ? [] : responsibilityDrafts(await markNotAsked(tx, spared, lines, at));
}

/** For whom nobody can act, and somebody has confirmed it: the case ends, and says so. */
async function endPartyless(
  tx: Tx,
  cases: readonly ForwardedCase[],
  requests: ReadonlyMap<string, Forwarded>,
  parties: readonly AskedParty[],
  at: Date,
): Promise<Draft[]> {
  const served = new Set(parties.map(({ case_id }) => case_id));
  const ids = cases.map(({ id }) => id).filter((id) => !served.has(id) && requests.get(id)?.confirmNoParty);
  if (ids.length === 0) return [];
  const { ended, indicators, responsibilities } = await endWithoutParty(tx, ids, at);
  return [
    ...(await draftsOf(tx, CasesEnded, ended)),
    ...(await draftsOf(tx, IndicatorsChanged, indicators)),
    ...responsibilityDrafts(responsibilities),
  ];
}
