import type { Asked, Tx } from '../platform/database/tx.ts';
import { fromGlobalId, rowIdOf } from '../platform/ids.ts';
import { Case } from './case.entity.ts';
import type { CaseFilter } from './case-list.inputs.ts';

/** After which case a page begins, and how many it may have. */
export interface Page {
  readonly due: string;
  readonly id: string;
  readonly size: number;
}

/** The cases of an organisation that the filter leaves, the most urgent first. */
export function listCases(
  tx: Tx,
  organisationId: string,
  filter: CaseFilter | null,
  page: Page,
): Promise<Asked<Case, 'dueAt'>[]> {
  const values: unknown[] = [organisationId, page.due, page.id, page.size];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = filter ? conditionsOf(filter, bind) : [];
  const whose = filter?.shared
    ? `t.id IN (SELECT r.object_id FROM reader r WHERE r.organisation_id = $1 AND r.capacity = 'CO_COORDINATOR')`
    : 't.coordinator_id = $1';
  const where = [whose, '(t.due_at, t.id) > ($2::timestamptz, $3::uuid)', ...conditions].join(' AND ');
  return tx.listAsked(Case, ['dueAt'], `WHERE ${where} ORDER BY t.due_at, t.id LIMIT $4`, values);
}

function conditionsOf(filter: CaseFilter, bind: (value: unknown) => string): string[] {
  const { state, states, report, category, assignee, unassigned } = filter;
  const conditions: string[] = [];
  // One state by equality: only so does the index give the order too.
  if (state != null) conditions.push(`t.state = ${bind(state)}`);
  if (states != null) conditions.push(`t.state = ANY (${bind(states)})`);
  if (report != null) {
    const id = bind(rowIdOf('Report', report));
    conditions.push(`t.id IN (SELECT i.case_id FROM indicator i WHERE i.report_id = ${id}::uuid)`);
  }
  if (category != null) {
    conditions.push(`EXISTS (SELECT FROM indicator i WHERE i.case_id = t.id AND i.category = ${bind(category)})`);
  }
  if (assignee != null) {
    const column = fromGlobalId(assignee)?.type === 'Member' ? 'member' : 'client';
    const id = bind(rowIdOf('Member', assignee) ?? rowIdOf('Client', assignee));
    conditions.push(`EXISTS (SELECT FROM case_assignment a WHERE a.id = t.id AND a.${column} = ${id}::uuid)`);
  }
  if (unassigned != null) {
    conditions.push(`${unassigned ? 'NOT ' : ''}EXISTS (SELECT FROM case_assignment a WHERE a.id = t.id)`);
  }
  return conditions;
}
