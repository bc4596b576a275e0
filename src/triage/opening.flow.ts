import { draftsOf } from '../ledger/append.ts';
import { draft, type Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import { CasesJoined, CasesOpened } from './case.facts.ts';
import { CLOSED_CASES } from './case.states.ts';
import { DECIDE_WITHIN_MS } from './case.ts';

/** A resource that a coordinator has to look at. */
export interface Matter {
  readonly coordinatorId: string;
  readonly coordinatorName: string;
  readonly resource: Buffer;
  readonly kind: string;
  readonly value: string;
  readonly host: string | null;
  readonly listVersion: string;
}

export interface OpenCase {
  readonly id: string;
  readonly coordinatorId: string;
  readonly resource: Buffer;
  readonly kind: string;
  readonly value: string;
  readonly version: number;
}

/**
 * One open case for each (coordinator, resource): made, or joined when there is one. The cases come back locked, so
 * that nobody decides on them while something is added.
 */
export async function openCases(
  tx: Tx,
  matters: readonly Matter[],
  at: Date,
): Promise<{ cases: OpenCase[]; drafts: Draft[] }> {
  const distinct = [...new Map(matters.map((matter) => [keyOf(matter), matter])).values()];
  const opened = await insertCases(tx, distinct, at);
  const known = new Set(opened.map(keyOf));
  const rest = distinct.filter((matter) => !known.has(keyOf(matter)));
  const joined = rest.length === 0 ? [] : await joinCases(tx, rest);
  // A case that ended between the two statements is in neither: the reaction runs again and opens a new one.
  if (opened.length + joined.length !== distinct.length)
    throw new Error('A case ended while indicators were joining it.');
  const drafts = [...justOpened(opened), ...(await draftsOf(tx, CasesJoined, joined.map(rowOf)))];
  return { cases: [...opened, ...joined], drafts };
}

/** A case that was just made has its coordinator for its only reader. In the order of the ids, which is that of what was reported. */
function justOpened(cases: readonly OpenCase[]): Draft[] {
  const sorted = cases.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [...Map.groupBy(sorted, ({ coordinatorId }) => coordinatorId).values()].map((each) =>
    draft(CasesOpened, each.map(rowOf)),
  );
}

export function keyOf({ coordinatorId, resource }: { coordinatorId: string; resource: Buffer }): string {
  return `${coordinatorId} ${resource.toString('hex')}`;
}

const rowOf = ({ id, kind, value, version }: OpenCase) => ({ id, kind, resource: value, version });

const RETURNED = 'id, coordinator_id AS "coordinatorId", resource, resource_kind AS kind, value, version';

function insertCases(tx: Tx, matters: readonly Matter[], at: Date): Promise<OpenCase[]> {
  return tx.query<OpenCase & object>(
    `INSERT INTO triage_case (id, coordinator_id, coordinator_name, resource, resource_kind, value, host, list_version, state, opened_at, due_at)
     SELECT m.id, m.coordinator, m.name, m.resource, m.kind, m.value, m.host, m.list, 'NEW', $1, $2
       FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[], $10::text[])
         AS m(id, coordinator, name, resource, kind, value, host, list) ORDER BY m.resource
     ON CONFLICT (coordinator_id, resource) WHERE state NOT IN ${CLOSED_CASES} DO NOTHING RETURNING ${RETURNED}`,
    [
      at,
      new Date(at.getTime() + DECIDE_WITHIN_MS),
      newIds(matters.length),
      matters.map(({ coordinatorId }) => coordinatorId),
      matters.map(({ coordinatorName }) => coordinatorName),
      matters.map(({ resource }) => resource),
      matters.map(({ kind }) => kind),
      matters.map(({ value }) => value),
      matters.map(({ host }) => host),
      matters.map(({ listVersion }) => listVersion),
    ],
  );
}

async function joinCases(tx: Tx, matters: readonly Matter[]): Promise<OpenCase[]> {
  const locked = await tx.query<{ id: string }>(
    `SELECT c.id FROM triage_case c JOIN unnest($1::uuid[], $2::bytea[]) AS m(coordinator, resource)
         ON c.coordinator_id = m.coordinator AND c.resource = m.resource
      WHERE c.state NOT IN ${CLOSED_CASES} ORDER BY c.id FOR UPDATE OF c`,
    [matters.map(({ coordinatorId }) => coordinatorId), matters.map(({ resource }) => resource)],
  );
  return tx.query<OpenCase & object>(
    `UPDATE triage_case SET version = version + 1 WHERE id = ANY ($1) RETURNING ${RETURNED}`,
    [locked.map(({ id }) => id)],
  );
}
