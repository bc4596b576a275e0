import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { inOrder, perRequest } from '../platform/api/loader.ts';
import { asksForIdAlone } from '../platform/api/selection.ts';
import type { Asked } from '../platform/database/tx.ts';
import { IndicatorAccepted, IndicatorJoined } from './indicator-result.type.ts';
import { Indicator } from './indicator.entity.ts';

const indicators = perRequest<string, Asked<Indicator> | null>(async (tx, ids) =>
  inOrder(ids, await tx.listAsked(Indicator, [], 'WHERE t.id = ANY ($1)', [ids])),
);

/** The indicator as it is now. */
async function indicatorOf(context: RequestContext, id: string, info: GraphQLResolveInfo): Promise<Asked<Indicator>> {
  if (asksForIdAlone(info)) return Object.assign(new Indicator(), { id });
  const indicator = await indicators(context).load(id);
  if (!indicator) throw new Error('A reporter cannot see its own indicator.');
  return indicator;
}

@Resolver(() => IndicatorAccepted)
export class IndicatorAcceptedResolver {
  @FieldResolver(() => Indicator)
  indicator(
    @Root() { indicatorId }: IndicatorAccepted,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Asked<Indicator>> {
    return indicatorOf(context, indicatorId, info);
  }
}

@Resolver(() => IndicatorJoined)
export class IndicatorJoinedResolver {
  @FieldResolver(() => Indicator)
  indicator(
    @Root() { indicatorId }: IndicatorJoined,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Asked<Indicator>> {
    return indicatorOf(context, indicatorId, info);
  }
}
