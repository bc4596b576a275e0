import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Query, Resolver, Root } from 'type-graphql';

import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { May } from '../platform/api/policy.ts';
import { rowIdOf, toGlobalId } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { Indicator, IndicatorConnection } from './indicator.entity.ts';
import { Report } from './report.entity.ts';
import { Responsibility } from './responsibility.entity.ts';
import { ResponsibilityState } from './responsibility.states.ts';

const ResponsibilityConnection = connectionOf(Responsibility, 'Responsibility');

@InputType()
class ResponsibilityFilter {
  @Field(() => ResponsibilityState, { nullable: true })
  state?: ResponsibilityState | null;
}

/** Flat rows: they may be fetched by the thousand. */
const MOST_ROWS = 1000;

@Resolver(() => Report)
export class ReportContentsResolver {
  @Query(() => Indicator, {
    nullable: true,
    description: 'An indicator of yours, or one in a case that you coordinate.',
  })
  @May('reports:read')
  async indicator(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<Indicator> | null> {
    const tx = await context.read();
    const [row] = await tx.listAsked(Indicator, [], 'WHERE t.id = $1', [rowIdOf('Indicator', id)]);
    return row ?? null;
  }

  @FieldResolver(() => IndicatorConnection, {
    description: 'In the order in which they were sent; `first` at most 1,000.',
  })
  @Reads()
  async indicators(
    @Root() report: Report,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Indicator>>> {
    const size = pageSize(first, MOST_ROWS);
    const [last = '-1'] = keyAfter(after, ['number']) ?? [];
    const tx = await context.read();
    const rows = await tx.listAsked(
      Indicator,
      ['ord'],
      'WHERE t.report_id = $1 AND t.ord > $2::bigint ORDER BY t.ord LIMIT $3',
      [report.id, last, size + 1],
    );
    return pageOf(rows, size, ({ ord }) => [String(ord)]);
  }

  @FieldResolver(() => ResponsibilityConnection, {
    description: 'Who was told of what, in which role and when: a row a resource and role. `first` at most 1,000.',
  })
  @Reads('ownerId')
  async responsibilities(
    @Root() report: Report,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => ResponsibilityFilter, { nullable: true }) filter: ResponsibilityFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Responsibility, 'role'>>> {
    const size = pageSize(first, MOST_ROWS);
    const [resource = '', role = ''] = keyAfter(after, ['hash', 'word']) ?? [];
    const state = filter?.state ?? null;
    const tx = await context.read();
    const rows = await tx.listAsked(
      Responsibility,
      ['resourceHash', 'role'],
      `WHERE t.reporter_id = $1 AND t.report_id = $2 AND (t.resource, t.role) > (decode($3, 'hex'), $4) ${state === null ? '' : 'AND t.state = $6'}
       ORDER BY t.resource, t.role LIMIT $5`,
      [report.ownerId, report.id, resource, role, size + 1, ...(state === null ? [] : [state])],
    );
    return pageOf(rows, size, (row) => [row.resourceHash.toString('hex'), row.role]);
  }
}

@Resolver(() => Indicator)
export class IndicatorResolver {
  @FieldResolver(() => ID, { name: 'report', description: 'The report in which it was claimed.' })
  @Reads('reportId')
  reportId(@Root() indicator: Indicator): string {
    return toGlobalId('Report', indicator.reportId);
  }
}
