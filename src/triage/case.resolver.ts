import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';

import { Indicator, IndicatorConnection } from '../intake/indicator.entity.ts';
import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { idAfter, keyAfter, connectionOf, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { inOrder, perRequest } from '../platform/api/loader.ts';
import { May } from '../platform/api/policy.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { CaseAssignment } from './assignment.entity.ts';
import { Case } from './case.entity.ts';
import { CaseFilter } from './case-list.inputs.ts';
import { listCases } from './case-list.queries.ts';

const CaseConnection = connectionOf(Case, 'Case');

@Resolver(() => Case)
export class CaseResolver {
  @Query(() => Case, { name: 'case', nullable: true, description: 'A case that you coordinate, or were added to.' })
  @May('cases:read')
  async oneCase(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<Case> | null> {
    const tx = await context.read();
    const [row] = await tx.listAsked(Case, [], 'WHERE t.id = $1', [rowIdOf('Case', id)]);
    return row ?? null;
  }

  @Query(() => CaseConnection, { description: "A CERT's own queue, the most urgent (`dueAt`) first." })
  @May('cases:read')
  async cases(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => CaseFilter, { nullable: true }) filter: CaseFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Case>>> {
    const size = pageSize(first);
    const [due = '-infinity', id = idAfter(null)] = keyAfter(after, ['instant', 'id']) ?? [];
    const tx = await context.read();
    const rows = await listCases(tx, context.viewer.organisationId, filter, { due, id, size: size + 1 });
    return pageOf(rows, size, (row) => [row.dueAt.toISOString(), row.id]);
  }

  @FieldResolver(() => IndicatorConnection, {
    description: 'What was reported of the resource, by whomever; `first` at most 1,000.',
  })
  @Reads()
  async indicators(
    @Root() { id }: Case,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Indicator>>> {
    const size = pageSize(first, 1000);
    const rows = await slicesOf(context).load({ id, after: idAfter(after), size: size + 1 });
    return pageOf(rows, size, (row) => [row.id]);
  }

  @FieldResolver(() => CaseAssignment, {
    nullable: true,
    description: "Who works on it. Null: nobody yet, or you are not one of its coordinator's people.",
  })
  @Reads()
  assignment(@Root() { id }: Case, @Ctx() context: RequestContext): Promise<Asked<CaseAssignment> | null> {
    return assignmentOf(context).load(id);
  }
}

const assignmentOf = perRequest<string, Asked<CaseAssignment> | null>(async (tx, ids) =>
  inOrder(ids, await tx.listAsked(CaseAssignment, [], 'WHERE t.id = ANY ($1)', [ids])),
);

/** Of a case's indicators, those after one of them. */
interface Slice {
  readonly id: string;
  readonly after: string;
  readonly size: number;
}

/** One statement for all cases of a page, each by the index of its own indicators. */
const slicesOf = perRequest<Slice, readonly Asked<Indicator>[]>(async (tx, slices) => {
  const rows = await tx.listAsked(
    Indicator,
    ['caseId'],
    `WHERE t.id IN (SELECT i.id FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS s(case_id, after, size)
       CROSS JOIN LATERAL (SELECT i.id FROM indicator i WHERE i.case_id = s.case_id AND i.id > s.after ORDER BY i.id LIMIT s.size) i)
     ORDER BY t.id`,
    [slices.map(({ id }) => id), slices.map(({ after }) => after), slices.map(({ size }) => size)],
  );
  const byCase = Map.groupBy(rows, ({ caseId }) => caseId);
  // A case may be asked for two slices, under two names.
  return slices.map(({ id, after, size }) => (byCase.get(id) ?? []).filter((row) => row.id > after).slice(0, size));
});
