import { resolveResponsibilities, responsibilityDrafts, type Pair } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CLOSED_CASES } from '../triage/case.states.ts';
import { PartiesChanged } from './party.facts.ts';
import { meetParties } from './unclaimed.flow.ts';

const GATE = `hashtextextended('claims are matched', 4)`;

/**
 * First statement of whatever matches claims to new cases. A claim that is decided meanwhile is either seen, or its
 * sweep waits until what was matched without it is there to be found.
 */
export function beforeMatching(tx: Tx): void {
  tx.send(`SELECT pg_advisory_xact_lock_shared(${GATE})`);
}

/** What the reporters of these indicators know of who can act on them, from their own rows. */
export function rememberHosting(tx: Tx, indicators: readonly string[], at: Date): void {
  if (indicators.length === 0) return;
  tx.send(
    `INSERT INTO party_fact (id, object_id, report_id, source, kind, value, seen_at, noted_at)
     SELECT gen_random_uuid(), i.case_id, i.report_id, 'REPORTER', f.kind, f.value, f."seenAt", $2
       FROM indicator i CROSS JOIN LATERAL jsonb_to_recordset(i.hosting) AS f(kind text, value text, "seenAt" timestamptz)
      WHERE i.id = ANY ($1) AND i.hosting IS NOT NULL AND i.case_id IS NOT NULL ON CONFLICT DO NOTHING`,
    [indicators, at],
  );
}

/** More is known of these cases, or was said: who can act is asked again, for everybody who has not been told yet. */
export async function reactToKnowledge(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  beforeMatching(tx);
  const ids = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  const at = clock.now();
  await append(tx, theHub(at), await resolveAgain(tx, ids, at));
  return 'done';
}

const AT_ONCE = 500;

/** Claims were decided: who can act is asked again. A claim that was lost recalls nothing that was told. */
export function reactToDecisions(clock: Clock, tx: Tx, { entryId, rows }: Recorded): Promise<Outcome> {
  return sweep(clock, tx, entryId, { claims: rows.map(({ id }) => id), providers: [] });
}

/** Organisations were suspended, and are no parties any more, or came back: who can act on what they hold is asked again. */
export async function reactToStanding(clock: Clock, tx: Tx, { entryId, rows }: Recorded): Promise<Outcome> {
  const providers = rows.map(({ id }) => id);
  const claims = await tx.query<{ id: string }>(
    `SELECT id FROM asset_claim WHERE organisation_id = ANY ($1) AND state IN ('VERIFIED', 'EXPIRING')`,
    [providers],
  );
  return sweep(clock, tx, entryId, { claims: claims.map(({ id }) => id), providers });
}

/** Whose cases are looked at again: those that claims reach, and those in which providers were named. */
interface Reach {
  readonly claims: readonly string[];
  readonly providers: readonly string[];
}

/** The cases reached, a few hundred a transaction, in the order of their ids. */
async function sweep(clock: Clock, tx: Tx, entryId: string, { claims, providers }: Reach): Promise<Outcome> {
  const [begun] = await tx.query<{ after: string }>('SELECT after FROM claim_sweep WHERE id = $1', [entryId]);
  if (!begun) await tx.query(`SELECT pg_advisory_xact_lock(${GATE})`);
  const reached = await tx.query<{ id: string }>('SELECT id FROM cases_reached($1, $2, $3, $4)', [
    claims,
    providers,
    begun?.after ?? '00000000-0000-0000-0000-000000000000',
    AT_ONCE,
  ]);
  const ids = reached.map(({ id }) => id);
  const at = clock.now();
  const drafts = await resolveAgain(tx, ids, at);
  if (ids.length === AT_ONCE) {
    await tx.query(
      'INSERT INTO claim_sweep (id, after) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET after = excluded.after',
      [entryId, ids.at(-1)],
    );
  } else if (begun) {
    await tx.query('DELETE FROM claim_sweep WHERE id = $1', [entryId]);
  }
  await append(tx, theHub(at), drafts);
  return ids.length === AT_ONCE ? 'more' : 'done';
}

interface Waiting {
  report_id: string;
  resource: Buffer;
  case_id: string;
  value: string;
}

/** Asks again for all reports in these cases, as far as they are open and not given up; entries of what changed. */
async function resolveAgain(tx: Tx, cases: readonly string[], at: Date): Promise<Draft[]> {
  const reports = await lockAround(tx, cases);
  const waiting = await tx.query<Waiting & object>(
    `SELECT DISTINCT i.report_id, i.resource, i.case_id, c.value FROM indicator i JOIN triage_case c ON c.id = i.case_id
       JOIN responsibility x ON x.reporter_id = i.reporter_id AND x.report_id = i.report_id AND x.resource = i.resource AND x.state NOT IN ('NO_PARTY', 'NOT_APPLICABLE')
      WHERE i.case_id = ANY ($1) AND i.report_id = ANY ($2) AND c.state NOT IN ${CLOSED_CASES}`,
    [cases, reports],
  );
  const pairs = waiting.map((row): Pair => ({ reportId: row.report_id, resource: row.resource, caseId: row.case_id }));
  const met = await meetParties(tx, [...pairs, ...cases.map((caseId) => ({ caseId, reportId: null }))], at);
  if (pairs.length === 0) return met;
  const changed = await resolveResponsibilities(tx, pairs, at, { reported: false });
  const caseOf = new Map(waiting.map((row) => [`${row.report_id} ${row.value}`, row.case_id]));
  const byCase = Map.groupBy(changed, ({ id, resource }) => caseOf.get(`${id} ${resource}`) ?? '');
  const rows = [...byCase].map(([id, each]) => ({ id, roles: [...new Set(each.map(({ role }) => role))].sort() }));
  return [...met, ...responsibilityDrafts(changed), ...(await draftsOf(tx, PartiesChanged, rows))];
}

/**
 * Reports and then cases, as admission locks them. What joins these cases meanwhile is of a report that is not locked
 * here, and was matched by the claims of now.
 */
async function lockAround(tx: Tx, cases: readonly string[]): Promise<string[]> {
  const reports = await tx.query<{ id: string }>(
    'SELECT id FROM report WHERE id IN (SELECT report_id FROM indicator WHERE case_id = ANY ($1)) ORDER BY id FOR KEY SHARE',
    [cases],
  );
  await tx.query('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [cases]);
  return reports.map(({ id }) => id);
}
