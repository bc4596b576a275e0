import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';

import { Indicator, IndicatorConnection } from '../intake/indicator.entity.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { idAfter, keyAfter, connectionOf, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { rowIdOf } from '../platform/ids.ts';
import { Case } from './case.entity.ts';
import { ConfirmCasesInput } from './case.inputs.ts';
import type { CaseService } from './case.service.ts';
import type { CaseState } from './case.states.ts';
import { DecideCasesPayload, decidedPayload } from './decision.type.ts';

enum CaseStateEnum {
  NEW = 'NEW',
  CONFIRMED = 'CONFIRMED',
  REFERRED = 'REFERRED',
  UNRESOLVED = 'UNRESOLVED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(CaseStateEnum, { name: 'CaseState' });

@InputType()
class CaseFilter {
  @Field(() => CaseStateEnum, { nullable: true })
  state?: CaseState | null;
}

const CaseConnection = connectionOf(Case, 'Case');

@Resolver(() => Case)
export class CaseResolver {
  constructor(private readonly service: CaseService) {}

  @Query(() => Case, { name: 'case', nullable: true, description: 'A case that you coordinate, or were added to.' })
  @May('cases:read')
  async oneCase(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Case | null> {
    const tx = await context.read();
    const [row] = await tx.list(Case, 'WHERE t.id = $1', [rowIdOf('Case', id)]);
    return row ?? null;
  }

  @Query(() => CaseConnection, { description: "A CERT's own queue, the most urgent first." })
  @May('cases:read')
  async cases(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => CaseFilter, { nullable: true }) filter: CaseFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Case>> {
    const size = pageSize(first);
    const [due = '-infinity', id = idAfter(null)] = keyAfter(after, ['instant', 'id']) ?? [];
    const tx = await context.read();
    const state = filter?.state == null ? '' : 'AND t.state = $5';
    const rows = await tx.list(
      Case,
      `WHERE t.coordinator_id = $1 AND (t.due_at, t.id) > ($2::timestamptz, $3::uuid) ${state} ORDER BY t.due_at, t.id LIMIT $4`,
      [context.viewer.organisationId, due, id, size + 1, ...(filter?.state == null ? [] : [filter.state])],
    );
    return pageOf(rows, size, (row) => [row.dueAt.toISOString(), row.id]);
  }

  @FieldResolver(() => IndicatorConnection, {
    description: 'What was reported of the resource, by whomever; `first` at most 1,000.',
  })
  async indicators(
    @Root() { id }: Case,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Indicator>> {
    const size = pageSize(first, 1000);
    const tx = await context.read();
    const rows = await tx.list(Indicator, 'WHERE t.case_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3', [
      id,
      idAfter(after),
      size + 1,
    ]);
    return pageOf(rows, size, (row) => [row.id]);
  }

  @Mutation(() => DecideCasesPayload, {
    description: 'Says that what is reported in these cases stands. Nobody is told by it; `forwardCases` tells.',
  })
  @May('cases:decide')
  confirmCases(
    @Arg('input', () => ConfirmCasesInput) input: ConfirmCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.confirm(context.viewer, input)));
  }
}
