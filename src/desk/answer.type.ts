import { Field, ObjectType } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Payload, Receipt, UserError, itemError } from '../platform/api/payload.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';

@ObjectType({ description: 'The answer to one item of a bulk request; answers stand in the order asked.' })
class InboxItemResult {
  @Field(() => InboxItem, { nullable: true })
  item?: InboxItem | null;

  @Field(() => UserError, { nullable: true, description: 'Why this item was left as it is.' })
  error?: UserError | null;
}

@ObjectType()
export class AnswerItemsPayload extends Payload {
  @Field(() => [InboxItemResult], { nullable: true })
  results?: InboxItemResult[] | null;
}

export async function answersPayload(
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
