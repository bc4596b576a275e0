import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';

import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { connectionOf, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { Asked } from '../platform/database/tx.ts';
import { AnswerItemsPayload, answersPayload } from './answer.type.ts';
import { DelegatedObservable } from './delegated-observable.entity.ts';
import { DelegateItemsInput, RevokeDelegationInput } from './delegation.inputs.ts';
import type { DelegationService } from './delegation.service.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';

const ObservableConnection = connectionOf(DelegatedObservable, 'DelegatedObservable');

@Resolver(() => InboxItem)
export class DelegationResolver {
  constructor(private readonly service: DelegationService) {}

  @Mutation(() => AnswerItemsPayload, {
    description:
      'Hands items on to another provider, which gets an item of its own for each: the resource, what was seen on it and what is asked; not who asks. It must take an item up within 8 business hours (09:00 to 17:00 UTC, Monday to Friday), or the item is yours again. What it does answers your item; what it declines is yours again. Your times stay, and you may act at any time, which ends its item. What you have under AMBER_STRICT or RED is not shown to it; an item with nothing else is NEEDS_CONSENT.',
  })
  @May('inbox:answer')
  delegateItems(
    @Arg('input', () => DelegateItemsInput) input: DelegateItemsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.service.delegate(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, {
    description:
      "Takes items back from their delegate: they are ACKNOWLEDGED again. The delegate's items are CLOSED(WITHDRAWN).",
  })
  @May('inbox:answer')
  revokeDelegation(
    @Arg('input', () => RevokeDelegationInput) input: RevokeDelegationInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.service.revoke(context.viewer, input)));
  }

  @FieldResolver(() => InboxItem, {
    nullable: true,
    description: "The delegate's item, last or present, as it stands there. Null for a moment after it was handed on.",
  })
  @Reads('delegation')
  delegation(
    @Root() { delegation }: InboxItem,
    @Ctx() context: RequestContext,
  ): Promise<Asked<InboxItem> | null> | null {
    return delegation === null ? null : delegations(context).load(delegation);
  }

  @FieldResolver(() => ObservableConnection, {
    description: 'On a delegated item: what was seen on the resource; `first` at most 1,000. On others empty.',
  })
  @Reads()
  async observables(
    @Root() item: InboxItem,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<DelegatedObservable, 'ord'>>> {
    const size = pageSize(first, 1000);
    const [last = '-1'] = keyAfter(after, ['number']) ?? [];
    const tx = await context.read();
    const rows = await tx.listAsked(
      DelegatedObservable,
      ['ord'],
      'WHERE t.item_id = $1 AND NOT t.taken_back AND t.ord > $2::bigint ORDER BY t.ord LIMIT $3',
      [item.id, last, size + 1],
    );
    return pageOf(rows, size, ({ ord }) => [String(ord)]);
  }
}

const delegations = perRequest<string, Asked<InboxItem> | null>(async (tx, ids) => {
  const rows = await tx.listAsked(InboxItem, [], 'WHERE t.id = ANY ($1) AND t.delegator_id = (SELECT me())', [ids]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
});
