import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Role, Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { checkText } from '../triage/decision.service.ts';
import { checkBasis } from '../referral/legal-basis.ts';
import { TriageRule } from './rule.entity.ts';
import { TriageRulesSet } from './rule.facts.ts';
import type { SetTriageRulesInput, TriageRuleInput } from './rule.inputs.ts';
import { backtestRule, type Backtest } from './rule.queries.ts';

const MOST_RULES = 50;
const MOST_DAYS = 365;
const DAY_MS = 24 * 3600 * 1000;

/** The rules by which a coordinator lets the hub decide: all of them at once, so that a version is a whole. */
export class RuleService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  set(viewer: Viewer, { idempotencyKey, ...content }: SetTriageRulesInput): Promise<{ entryId: string }> {
    const rules = checkedRules(content.rules, viewer.roles);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'setTriageRules', input: content }, async () => {
        const { organisationId: id } = viewer;
        await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 4))', [id]);
        const present = await presentVersion(tx, id);
        if (content.expectedVersion != null && content.expectedVersion !== present) {
          throw new Refusal('CONFLICT', `The rules have changed: they are version ${present}.`, ['expectedVersion']);
        }
        const at = this.clock.now();
        await tx.query(`UPDATE triage_rule SET state = 'REPLACED' WHERE organisation_id = $1 AND state <> 'REPLACED'`, [
          id,
        ]);
        await insertRules(tx, id, present + 1, rules, at);
        const said = draft(TriageRulesSet, [{ id, version: present + 1, rules: rules.map(({ name }) => name) }]);
        return { entryId: await appendOne(tx, authorOf(viewer, at), said) };
      }),
    );
  }

  backtest(tx: Tx, viewer: Viewer, rule: TriageRuleInput, days: number): Promise<Backtest> {
    const [checked] = checkedRules([rule], viewer.roles, 'rule');
    if (!checked) throw new Error('A rule that was checked is there.');
    if (days < 1 || days > MOST_DAYS) throw new Refusal('BAD_INPUT', `days must be from 1 to ${MOST_DAYS}.`, ['days']);
    const since = new Date(this.clock.now().getTime() - days * DAY_MS);
    return backtestRule(tx, viewer.organisationId, checked, since);
  }
}

/** The rules in force, in their order. */
export async function presentRules(tx: Tx, organisationId: string): Promise<{ version: number; rules: TriageRule[] }> {
  const version = await presentVersion(tx, organisationId);
  const rules = await tx.list(TriageRule, 'WHERE t.organisation_id = $1 AND t.version = $2 ORDER BY t.ord', [
    organisationId,
    version,
  ]);
  return { version, rules };
}

async function presentVersion(tx: Tx, organisationId: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM triage_rule WHERE organisation_id = $1',
    [organisationId],
  );
  return row?.version ?? 0;
}

type CheckedRule = TriageRuleInput & { reporterIds: string[] };

function checkedRules(rules: readonly TriageRuleInput[], roles: ReadonlySet<Role>, path = 'rules'): CheckedRule[] {
  if (rules.length < 1 || rules.length > MOST_RULES) throw new Refusal('TOO_MANY', `From 1 to ${MOST_RULES}.`, [path]);
  if (new Set(rules.map(({ name }) => name)).size < rules.length) {
    throw new Refusal('BAD_INPUT', 'Two rules have one name.', [path]);
  }
  return rules.map((rule, index) => {
    const place = rules.length === 1 ? [path] : [path, String(index)];
    checkBasis(rule.legalBasis, rule.requestedAction, roles, place);
    return checkedRule(rule, place);
  });
}

function checkedRule(rule: TriageRuleInput, path: readonly string[]): CheckedRule {
  const within = (name: keyof TriageRuleInput, value: number, least: number, most: number): void => {
    if (value < least || value > most) {
      throw new Refusal('BAD_INPUT', `From ${least} to ${most.toLocaleString('en')}.`, [...path, name]);
    }
  };
  within('name', rule.name.trim().length, 1, 100);
  within('reporters', rule.reporters.length, 1, 100);
  within('categories', rule.categories.length, 1, 50);
  within('leastConfidence', rule.leastConfidence, 0, 100);
  within('actWithinHours', rule.actWithinHours, 1, 720);
  checkText(rule.name, 'name', 100);
  checkText(rule.note, 'note', 2000);
  if (rule.requestedAction === 'RESTORE') {
    throw new Refusal('BAD_INPUT', 'RESTORE is asked by taking a case back.', [...path, 'requestedAction']);
  }
  const reporterIds = rule.reporters.map((id) => {
    const row = rowIdOf('Organisation', id);
    if (row === null) throw new Refusal('BAD_INPUT', 'This is no organisation.', [...path, 'reporters']);
    return row;
  });
  return { ...rule, reporterIds };
}

async function insertRules(tx: Tx, organisationId: string, version: number, rules: readonly CheckedRule[], at: Date) {
  for (const [ord, rule] of rules.entries()) {
    await tx.query(
      `INSERT INTO triage_rule (organisation_id, version, ord, name, state, reporters, categories, least_confidence, outcome, assessment,
         requested_action, legal_basis, note, act_within_hours, since)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        ...[organisationId, version, ord, rule.name, rule.enabled ? 'ACTIVE' : 'SWITCHED_OFF', rule.reporterIds],
        ...[rule.categories, rule.leastConfidence, rule.outcome, rule.assessment, rule.requestedAction],
        ...[rule.legalBasis, rule.note ?? null, rule.actWithinHours, at],
      ],
    );
  }
}
