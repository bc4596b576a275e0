import { append, draftsOf, theHub } from '../ledger/append.ts';
import { draft, type Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Case } from '../triage/case.entity.ts';
import { CasesConfirmed } from '../triage/case.facts.ts';
import { confirmedIndicators } from '../triage/decision.flow.ts';
import { CasesForwarded } from '../referral/forward.facts.ts';
import { obstacles } from '../referral/forward.service.ts';
import { referralsFor, type Forwarded } from '../referral/issue.flow.ts';
import { requestSchema, type CaseRequest } from '../referral/request.ts';
import { CasesRuled, TriageRulesSwitchedOff } from './rule.facts.ts';
import { findRuled, recordsOf, type RuleRecord, type Ruled } from './rule.queries.ts';
import { isWrongTooOften } from './rule.ts';

const HOUR_MS = 3600 * 1000;

/** Cases were opened, or grew, and admission has not done it with that: see `decide`. */
export async function applyRules(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const ids = [...new Set(entries.flatMap(({ rows }) => rows.map(({ id }) => id)))];
  const at = clock.now();
  const { drafts, unfinished } = await decide(tx, ids, at);
  await append(tx, theHub(at), drafts);
  return unfinished ? 'more' : 'done';
}

/** What rules have decided. Unfinished: what a rule that was just switched off would have taken may be another's. */
export interface Decision {
  readonly drafts: readonly Draft[];
  readonly unfinished: boolean;
}

/**
 * What a rule of their coordinator takes of these cases is decided at once, in one transaction: confirmed, forwarded,
 * and on the desks of the parties; the entry names the rule. A rule that was wrong too often decides nothing more.
 */
export async function decide(tx: Tx, cases: readonly string[], at: Date): Promise<Decision> {
  const found = await findRuled(tx, cases);
  if (found.length === 0) return { drafts: [], unfinished: false };
  const failed = (await recordsOf(tx, found)).filter(isWrongTooOften);
  const off = new Set(failed.map(keyOf));
  const ruled = found.filter((one) => !off.has(keyOf(one)));
  const switched = await switchOff(tx, failed);
  const confirmed = await confirmRuled(tx, ruled);
  const drafts = [
    ...switched,
    ...(await sayConfirmed(tx, ruled, confirmed)),
    ...(await forwardRuled(tx, ruled, confirmed, at)),
  ];
  return { drafts, unfinished: failed.length > 0 };
}

const keyOf = ({ coordinatorId, rule }: Pick<RuleRecord, 'coordinatorId' | 'rule'>): string =>
  `${coordinatorId} ${rule}`;

async function switchOff(tx: Tx, failed: readonly RuleRecord[]): Promise<Draft[]> {
  if (failed.length === 0) return [];
  await tx.query(
    `UPDATE triage_rule r SET state = 'SWITCHED_OFF' FROM unnest($1::uuid[], $2::text[]) AS f(organisation, name)
      WHERE r.organisation_id = f.organisation AND r.name = f.name AND r.state = 'ACTIVE'`,
    [failed.map(({ coordinatorId }) => coordinatorId), failed.map(({ rule }) => rule)],
  );
  return failed.map(({ coordinatorId: id, rule, ruleVersion, cases, retracted }) =>
    draft(TriageRulesSwitchedOff, [{ id, rule, ruleVersion, cases, retracted }]),
  );
}

type Confirmed = Pick<Case, 'id' | 'version' | 'assessment'>;

function confirmRuled(tx: Tx, ruled: readonly Ruled[]): Promise<Confirmed[]> {
  return tx.query<Confirmed & object>(
    `UPDATE triage_case c SET state = CASE c.state WHEN 'NEW' THEN 'CONFIRMED' ELSE c.state END, rule = r.rule, rule_version = r.version,
        assessment = CASE c.assessment WHEN 'UNKNOWN' THEN r.assessment ELSE c.assessment END, confirmed_version = c.version, version = c.version + 1
       FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS r(id, rule, version, assessment) WHERE c.id = r.id
     RETURNING c.id, c.version, c.assessment`,
    [
      ruled.map(({ id }) => id),
      ruled.map(({ rule }) => rule),
      ruled.map(({ ruleVersion }) => ruleVersion),
      ruled.map(({ assessment }) => assessment),
    ],
  );
}

async function sayConfirmed(tx: Tx, ruled: readonly Ruled[], rows: readonly Confirmed[]): Promise<Draft[]> {
  const ruleOf = new Map(ruled.map((one) => [one.id, one]));
  const said = rows.flatMap(({ id, version }) => {
    const one = ruleOf.get(id);
    return one ? [{ id, version, rule: one.rule, ruleVersion: one.ruleVersion, outcome: one.outcome }] : [];
  });
  return [
    ...(await draftsOf(tx, CasesRuled, said)),
    ...(await draftsOf(tx, CasesConfirmed, rows)),
    ...(await confirmedIndicators(tx, rows)),
  ];
}

/** Whom nobody can act for, or no source lets be told, waits for a person as CONFIRMED. */
async function forwardRuled(
  tx: Tx,
  ruled: readonly Ruled[],
  confirmed: readonly Confirmed[],
  at: Date,
): Promise<Draft[]> {
  const requests = new Map(
    ruled.filter(({ outcome }) => outcome === 'FORWARD').map((rule) => [rule.id, requestBy(rule, at)]),
  );
  if (requests.size === 0) return [];
  const wanted = confirmed.filter(({ id }) => requests.has(id));
  const held = await obstacles(tx, wanted, (id) => requests.get(id));
  const rows = await tx.query<{ id: string; version: number }>(
    `UPDATE triage_case SET state = 'REFERRED', version = version + 1 WHERE id = ANY ($1) RETURNING id, version`,
    [wanted.flatMap(({ id }) => (held.has(id) ? [] : [id]))],
  );
  const said = rows.flatMap((row): Forwarded[] => {
    const request = requests.get(row.id);
    return request ? [{ ...row, ...request, issued: true }] : [];
  });
  return [...(await draftsOf(tx, CasesForwarded, said)), ...(await referralsFor(tx, said, at))];
}

function requestBy(rule: Ruled, at: Date): CaseRequest {
  const dueAt = new Date(at.getTime() + rule.actWithinHours * HOUR_MS).toISOString();
  return requestSchema.parse({ ...rule, dueAt, confirmNoParty: false });
}
