import { FALLEN } from '../intake/indicator.states.ts';
import { PASSIVE_PAPS, inSql } from '../intake/label.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { TriageRuleInput } from './rule.inputs.ts';
import { AUTOMATIC_KINDS, type RuleOutcome } from './rule.ts';

const PASSIVE = inSql(PASSIVE_PAPS);
const KINDS = AUTOMATIC_KINDS.map((kind) => `'${kind}'`).join();

/**
 * Whether rule `r` takes case `c`, judged by the indicators that `considered` picks. What a source did not consent to,
 * or another one marks as PAP RED or AMBER, is nothing for a rule; to every source it is in triage, as any case is.
 */
const takes = (considered: string): string => `c.resource_kind IN (${KINDS})
  AND EXISTS (SELECT FROM indicator i WHERE i.case_id = c.id AND ${considered})
  AND NOT EXISTS (SELECT FROM indicator i LEFT JOIN report p ON p.id = i.report_id WHERE i.case_id = c.id AND ${considered} AND (
    p.id IS NULL OR coalesce(p.pap, '') IN ${PASSIVE} OR NOT i.consents OR i.reporter_id <> ALL (r.reporters) OR i.category <> ALL (r.categories)
    OR coalesce(i.confidence, 0) < r.least_confidence
    OR coalesce(i.last_seen, i.first_seen, '-infinity') < c.opened_at - interval '14 days'
    OR i.category IN ('PHISHING', 'MALWARE_DISTRIBUTION') AND i.type <> 'URL'
    OR EXISTS (SELECT FROM unnest(p.targets) t WHERE c.value = lower(t) OR right(c.value, length(t) + 1) = '.' || lower(t))))`;

/** What stands in the case and was not decided on. */
const PENDING = `i.outcome NOT IN ${FALLEN} AND i.case_version > c.confirmed_version`;
/** What opened the case; of what was withdrawn nobody can say what became of it. */
const AT_OPENING = `i.case_version = 1 AND i.outcome <> 'WITHDRAWN'`;
const WITH_PAP = `EXISTS (SELECT FROM indicator i JOIN report p ON p.id = i.report_id
  WHERE i.case_id = c.id AND i.outcome NOT IN ${FALLEN} AND p.pap IN ${PASSIVE})`;

/** A case, and the first active rule of its coordinator that takes it. */
export interface Ruled {
  readonly id: string;
  readonly coordinatorId: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly outcome: RuleOutcome;
  readonly assessment: string;
  readonly requestedAction: string;
  readonly legalBasis: string;
  readonly note: string | null;
  readonly actWithinHours: number;
}

/** Of these cases, those that a rule takes: new ones, and ones that a rule has taken before. Locked. */
export async function findRuled(tx: Tx, cases: readonly string[]): Promise<Ruled[]> {
  const [any] = await tx.query(
    `SELECT FROM triage_case c JOIN triage_rule r ON r.organisation_id = c.coordinator_id AND r.state = 'ACTIVE' WHERE c.id = ANY ($1) LIMIT 1`,
    [cases],
  );
  if (!any) return [];
  tx.send('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [cases]);
  return tx.query<Ruled & object>(
    `SELECT DISTINCT ON (c.id) c.id, c.coordinator_id AS "coordinatorId", r.name AS rule, r.version AS "ruleVersion", r.outcome, r.assessment,
        r.requested_action AS "requestedAction", r.legal_basis AS "legalBasis", r.note, r.act_within_hours AS "actWithinHours"
       FROM triage_case c JOIN triage_rule r ON r.organisation_id = c.coordinator_id AND r.state = 'ACTIVE'
      WHERE c.id = ANY ($1) AND c.leaving_to IS NULL AND (c.state = 'NEW' OR c.rule IS NOT NULL AND c.state IN ('CONFIRMED', 'REFERRED'))
        AND NOT ${WITH_PAP} AND ${takes(PENDING)}
      ORDER BY c.id, r.ord`,
    [cases],
  );
}

export interface RuleRecord {
  readonly coordinatorId: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly cases: number;
  readonly retracted: number;
}

/** How often the present versions of these rules have decided, and how much of that was taken back. */
export function recordsOf(tx: Tx, ruled: readonly Ruled[]): Promise<RuleRecord[]> {
  return tx.query<RuleRecord & object>(
    `SELECT r.coordinator AS "coordinatorId", r.rule, r.version AS "ruleVersion", count(*)::int AS cases, count(*) FILTER (WHERE c.state = 'RETRACTED')::int AS retracted
       FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS r(coordinator, rule, version)) r
       JOIN triage_case c ON c.coordinator_id = r.coordinator AND c.rule = r.rule AND c.rule_version = r.version GROUP BY 1, 2, 3`,
    [
      ruled.map(({ coordinatorId }) => coordinatorId),
      ruled.map(({ rule }) => rule),
      ruled.map(({ ruleVersion }) => ruleVersion),
    ],
  );
}

export interface Backtest {
  readonly cases: number;
  readonly rejected: number;
  readonly retracted: number;
}

/** Of the coordinator's cases opened since then: how many the rule would have taken, and what became of those. */
export async function backtestRule(
  tx: Tx,
  organisationId: string,
  rule: TriageRuleInput & { reporterIds: readonly string[] },
  since: Date,
): Promise<Backtest> {
  const [row] = await tx.query<Backtest & object>(
    `SELECT count(*)::int AS cases, count(*) FILTER (WHERE c.state = 'REJECTED')::int AS rejected, count(*) FILTER (WHERE c.state = 'RETRACTED')::int AS retracted
       FROM triage_case c, (SELECT $3::uuid[] AS reporters, $4::text[] AS categories, $5::int AS least_confidence) r
      WHERE c.coordinator_id = $1 AND c.opened_at >= $2 AND ${takes(AT_OPENING)}`,
    [organisationId, since, rule.reporterIds, rule.categories, rule.leastConfidence],
  );
  return row ?? { cases: 0, rejected: 0, retracted: 0 };
}
