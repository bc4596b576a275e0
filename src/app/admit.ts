import { hostOf } from '../intake/indicator.ts';
import { IndicatorsChanged, ReportShared } from '../intake/report.facts.ts';
import { resolveResponsibilities, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { ResourceKind } from '../observable/observable.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { askTheWorld } from '../routing/lookup.flow.ts';
import { beforeMatching, rememberHosting } from '../routing/parties.flow.ts';
import { meetParties } from '../routing/unclaimed.flow.ts';
import { decide } from '../rules/rule.flow.ts';
import { keyOf, openCases, type Matter } from '../triage/opening.flow.ts';

interface Arrival {
  id: string;
  report_id: string;
  resource: Buffer;
  resource_kind: ResourceKind;
  resource_value: string;
  list_version: string;
  has_hosting: boolean;
  coordinator_id: string;
  coordinator_name: string;
}

interface Placed {
  readonly arrival: Arrival;
  readonly caseId: string;
  readonly version: number;
}

/** Whether look-ups are made. */
export interface World {
  readonly asksTheWorld: boolean;
}

const MOST = 1000;

/**
 * The hot reaction: indicators of sealed reports get their cases, and their reporters learn who can act. Set-based,
 * at most 1,000 indicators a transaction; it asks for another until none is left, so that it may be cut anywhere.
 */
export async function admit(clock: Clock, tx: Tx, entries: readonly Recorded[], world: World): Promise<Outcome> {
  beforeMatching(tx);
  const reports = [...new Set(entries.flatMap(({ rows }) => rows.map(({ id }) => id)))];
  const taken = await takeArrivals(tx, reports);
  const arrivals = wholeReports(taken);
  if (arrivals.length === 0) return 'done';
  const at = clock.now();
  const { cases, drafts: opened } = await openCases(tx, arrivals.map(toMatter), at);
  const caseOf = new Map(cases.map((one) => [keyOf(one), one]));
  const placed = arrivals.map((arrival) => {
    const found = caseOf.get(keyOf({ coordinatorId: arrival.coordinator_id, resource: arrival.resource }));
    if (!found) throw new Error('An indicator found no case.');
    return { arrival, caseId: found.id, version: found.version };
  });
  const [shared, changed] = await Promise.all([shareReports(tx, arrivals), placeIndicators(tx, placed)]);
  const concerned = await findConcerned(tx, placed, at, world);
  const admitted = [
    ...opened,
    ...(await draftsOf(tx, ReportShared, shared)),
    ...(await draftsOf(tx, IndicatorsChanged, changed)),
    ...concerned,
  ];
  const decided = await decideAtOnce(
    tx,
    cases.map(({ id }) => id),
    at,
  );
  await append(tx, theHub(at), [...admitted, ...decided]);
  return taken.length < MOST ? 'done' : 'more';
}

/**
 * What rules take goes to the parties with the same COMMIT. Whatever they fail with is undone, and does not keep the
 * report from its coordinator: the cases are there, and what follows from their entries tries again, and says why.
 */
async function decideAtOnce(tx: Tx, cases: readonly string[], at: Date): Promise<readonly Draft[]> {
  tx.send('SAVEPOINT admitted');
  try {
    const { drafts } = await decide(tx, cases, at);
    tx.send('RELEASE SAVEPOINT admitted');
    return drafts;
  } catch {
    await tx.query('ROLLBACK TO SAVEPOINT admitted');
    return [];
  }
}

/** Reports first and then what is in them, as everybody who changes a report locks: no two wait for each other in a circle. */
async function takeArrivals(tx: Tx, reports: readonly string[]): Promise<Arrival[]> {
  tx.send('SELECT FROM report WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [reports]);
  return tx.query<Arrival & object>(
    `SELECT i.id, i.report_id, i.resource, i.resource_kind, i.resource_value, i.list_version, i.hosting IS NOT NULL AS has_hosting, r.coordinator_id, o.name AS coordinator_name
       FROM indicator i JOIN report r ON r.id = i.report_id JOIN organisation o ON o.id = r.coordinator_id
      WHERE i.report_id = ANY ($1) AND i.outcome = 'RECEIVED' ORDER BY i.report_id, i.ord LIMIT ${MOST} FOR UPDATE OF i`,
    [reports],
  );
}

/**
 * Without the report that was cut off at the end, which comes next: where a report is cut must depend on nothing but
 * the report, or its owner could tell from its own events how much of somebody else's was admitted with it.
 */
function wholeReports(arrivals: readonly Arrival[]): readonly Arrival[] {
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (arrivals.length < MOST || first?.report_id === last?.report_id) return arrivals;
  return arrivals.filter(({ report_id }) => report_id !== last?.report_id);
}

function toMatter(arrival: Arrival): Matter {
  const { resource_kind: kind, resource_value: value } = arrival;
  return {
    coordinatorId: arrival.coordinator_id,
    coordinatorName: arrival.coordinator_name,
    resource: arrival.resource,
    kind,
    value,
    host: hostOf({ kind, value }),
    listVersion: arrival.list_version,
  };
}

async function shareReports(tx: Tx, arrivals: readonly Arrival[]): Promise<{ id: string; reader: string }[]> {
  const reports = new Map(
    arrivals.map(({ report_id, coordinator_id, coordinator_name }) => [
      report_id,
      { coordinator_id, coordinator_name },
    ]),
  );
  const added = await tx.query<{ id: string }>(
    `INSERT INTO reader (organisation_id, object_id, capacity) SELECT r.coordinator, r.report, 'COORDINATOR'
       FROM unnest($1::uuid[], $2::uuid[]) AS r(coordinator, report) ON CONFLICT DO NOTHING RETURNING object_id AS id`,
    [[...reports.values()].map(({ coordinator_id }) => coordinator_id), [...reports.keys()]],
  );
  return added.map(({ id }) => ({ id, reader: reports.get(id)?.coordinator_name ?? '' }));
}

/** Who can act, as far as claims and what the reporter said tell; the rest is looked up and goes on by its own fact. */
async function findConcerned(tx: Tx, placed: readonly Placed[], at: Date, { asksTheWorld }: World): Promise<Draft[]> {
  const pairs = placed.map(({ arrival, caseId }) => ({
    reportId: arrival.report_id,
    resource: arrival.resource,
    caseId,
  }));
  const telling = placed.flatMap(({ arrival }) => (arrival.has_hosting ? [arrival.id] : []));
  rememberHosting(tx, telling, at);
  if (asksTheWorld) askTheWorld(tx, pairs, at);
  const met = await meetParties(tx, pairs, at);
  return [...met, ...responsibilityDrafts(await resolveResponsibilities(tx, pairs, at, { reported: true }))];
}

function placeIndicators(tx: Tx, placed: readonly Placed[]): Promise<{ id: string; outcome: string }[]> {
  return tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator i SET outcome = 'IN_TRIAGE', coordinator_id = p.coordinator, case_id = p.case_id, case_version = p.case_version, version = i.version + 1
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) AS p(id, coordinator, case_id, case_version)
      WHERE i.id = p.id RETURNING i.id, i.outcome`,
    [
      placed.map(({ arrival }) => arrival.id),
      placed.map(({ arrival }) => arrival.coordinator_id),
      placed.map(({ caseId }) => caseId),
      placed.map(({ version }) => version),
    ],
  );
}
