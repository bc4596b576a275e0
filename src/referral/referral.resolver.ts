import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Query, Resolver, Root } from 'type-graphql';

import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { connectionOf, idAfter, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { May } from '../platform/api/policy.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { Case } from '../triage/case.entity.ts';
import type { ItemState } from './inbox-item.states.ts';
import { InboxItem, ItemStateEnum } from './inbox-item.entity.ts';
import { Referral } from './referral.entity.ts';
import { ReferredObservable } from './referred-observable.entity.ts';

@InputType()
class ReferralFilter {
  @Field(() => ItemStateEnum, { nullable: true })
  state?: ItemState | null;
}

const ReferralConnection = connectionOf(Referral, 'Referral');
const ObservableConnection = connectionOf(ReferredObservable, 'ReferredObservable');

@Resolver(() => Referral)
export class ReferralResolver {
  @Query(() => Referral, { nullable: true, description: 'A request that you made, or that was made to you.' })
  @May('cases:read', 'inbox:read')
  async referral(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<Referral> | null> {
    const tx = await context.read();
    const [row] = await tx.listAsked(Referral, [], 'WHERE t.id = $1', [rowIdOf('Referral', id)]);
    return row ?? null;
  }

  @Query(() => ReferralConnection, { description: "A CERT's own requests, the most urgent first." })
  @May('cases:read')
  async referrals(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => ReferralFilter, { nullable: true }) filter: ReferralFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Referral>>> {
    const size = pageSize(first);
    const [due = '-infinity', id = idAfter(null)] = keyAfter(after, ['instant', 'id']) ?? [];
    const tx = await context.read();
    const state = filter?.state == null ? '' : 'AND t.state = $5';
    const rows = await tx.listAsked(
      Referral,
      ['dueAt'],
      `WHERE t.coordinator_id = $1 AND (t.due_at, t.id) > ($2::timestamptz, $3::uuid) ${state} ORDER BY t.due_at, t.id LIMIT $4`,
      [context.viewer.organisationId, due, id, size + 1, ...(filter?.state == null ? [] : [filter.state])],
    );
    return pageOf(rows, size, (row) => [row.dueAt.toISOString(), row.id]);
  }

  @FieldResolver(() => ObservableConnection, {
    description: 'What was seen on the resource, without what was taken back since; `first` at most 1,000.',
  })
  @Reads()
  async observables(
    @Root() referral: Referral,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<ReferredObservable, 'ord'>>> {
    const size = pageSize(first, 1000);
    const [last = '-1'] = keyAfter(after, ['number']) ?? [];
    const tx = await context.read();
    const rows = await tx.listAsked(
      ReferredObservable,
      ['ord'],
      'WHERE t.referral_id = $1 AND t.taken_back IS NULL AND t.ord > $2::bigint ORDER BY t.ord LIMIT $3',
      [referral.id, last, size + 1],
    );
    return pageOf(rows, size, ({ ord }) => [String(ord)]);
  }
}

@Resolver(() => InboxItem)
export class ItemReferralsResolver {
  @FieldResolver(() => [Referral], { description: 'What is asked about the item, a request a coordinator.' })
  @Reads()
  referrals(@Root() { id }: InboxItem, @Ctx() context: RequestContext): Promise<readonly Asked<Referral>[]> {
    return referralsOfItem(context).load(id);
  }
}

@Resolver(() => Case)
export class CaseReferralsResolver {
  @FieldResolver(() => [Referral], { description: 'What was asked of whom because of the case.' })
  @Reads()
  referrals(@Root() { id }: Case, @Ctx() context: RequestContext): Promise<readonly Asked<Referral>[]> {
    return referralsOfCase(context).load(id);
  }
}

// Each list is asked in one role and names that role's column: row-level security then costs an index condition.
const referralsOfItem = perRequest<string, readonly Asked<Referral>[]>(async (tx, ids) => {
  const rows = await tx.listAsked(
    Referral,
    ['itemId'],
    'WHERE t.item_id = ANY ($1) AND t.provider_id = (SELECT me()) ORDER BY t.sent_at, t.id',
    [ids],
  );
  const byItem = Map.groupBy(rows, ({ itemId }) => itemId);
  return ids.map((id) => byItem.get(id) ?? []);
});

const referralsOfCase = perRequest<string, readonly Asked<Referral>[]>(async (tx, ids) => {
  const rows = await tx.listAsked(Referral, ['caseId'], 'WHERE t.case_id = ANY ($1) ORDER BY t.sent_at, t.id', [ids]);
  const byCase = Map.groupBy(rows, ({ caseId }) => caseId);
  return ids.map((id) => byCase.get(id) ?? []);
});
