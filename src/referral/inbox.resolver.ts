import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, UserError, answered, itemError } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { rowIdOf } from '../platform/ids.ts';
import { AcknowledgeItemsInput, DeclineItemsInput, ReportActionInput } from './answer.inputs.ts';
import type { AnswerService } from './answer.service.ts';
import type { ItemState } from './inbox-item.states.ts';
import { InboxItem, ItemStateEnum } from './inbox-item.entity.ts';

@InputType()
class InboxFilter {
  @Field(() => ItemStateEnum, { nullable: true })
  state?: ItemState | null;
}

@ObjectType({ description: 'The answer to one item of a bulk request; answers stand in the order asked.' })
class InboxItemResult {
  @Field(() => InboxItem, { nullable: true })
  item?: InboxItem | null;

  @Field(() => UserError, { nullable: true, description: 'Why this item was left as it is.' })
  error?: UserError | null;
}

@ObjectType()
class AnswerItemsPayload extends Payload {
  @Field(() => [InboxItemResult], { nullable: true })
  results?: InboxItemResult[] | null;
}

const InboxConnection = connectionOf(InboxItem, 'InboxItem');

@Resolver(() => InboxItem)
export class InboxResolver {
  constructor(private readonly service: AnswerService) {}

  @Query(() => InboxItem, { nullable: true, description: 'An item of your desk.' })
  @May('inbox:read')
  async inboxItem(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<InboxItem | null> {
    const tx = await context.read();
    const [row] = await tx.list(InboxItem, 'WHERE t.id = $1', [rowIdOf('InboxItem', id)]);
    return row ?? null;
  }

  @Query(() => InboxConnection, {
    description: "A provider's desk: one item a resource and role, the most urgent first.",
  })
  @May('inbox:read')
  async inbox(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => InboxFilter, { nullable: true }) filter: InboxFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<InboxItem>> {
    const size = pageSize(first);
    const [due = '-infinity', id = idAfter(null)] = keyAfter(after, ['instant', 'id']) ?? [];
    const tx = await context.read();
    const state = filter?.state == null ? '' : 'AND t.state = $5';
    const rows = await tx.list(
      InboxItem,
      `WHERE t.provider_id = $1 AND (t.due_at, t.id) > ($2::timestamptz, $3::uuid) ${state} ORDER BY t.due_at, t.id LIMIT $4`,
      [context.viewer.organisationId, due, id, size + 1, ...(filter?.state == null ? [] : [filter.state])],
    );
    return pageOf(rows, size, (row) => [row.dueAt.toISOString(), row.id]);
  }

  @Mutation(() => AnswerItemsPayload, { description: 'Says that your desk has taken these items up.' })
  @May('inbox:answer')
  acknowledgeItems(
    @Arg('input', () => AcknowledgeItemsInput) input: AcknowledgeItemsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () =>
      answersPayload(context, await this.service.acknowledge(context.viewer, input)),
    );
  }

  @Mutation(() => AnswerItemsPayload, { description: 'Says what you did about these items, and when.' })
  @May('inbox:answer')
  reportAction(
    @Arg('input', () => ReportActionInput) input: ReportActionInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.service.act(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, { description: 'Says why you do not act on these items.' })
  @May('inbox:answer')
  declineItems(
    @Arg('input', () => DeclineItemsInput) input: DeclineItemsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.service.decline(context.viewer, input)));
  }
}

async function answersPayload(
  context: RequestContext,
  { answers, entryId }: BulkAnswers,
): Promise<Omit<AnswerItemsPayload, 'errors'>> {
  const ids = answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
  const tx = await context.read();
  const rows = new Map((await tx.list(InboxItem, 'WHERE t.id = ANY ($1)', [ids])).map((row) => [row.id, row]));
  const results = answers.map((answer): InboxItemResult => {
    if ('id' in answer) return { item: rows.get(answer.id) ?? null, error: null };
    return { item: null, error: itemError(answer) };
  });
  return { results, receipt: entryId === null ? null : new Receipt(entryId) };
}
