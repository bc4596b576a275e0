import { Arg, Ctx, Field, ID, InputType, Int, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { May } from '../platform/api/policy.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import { InboxItem, ItemStateEnum } from '../referral/inbox-item.entity.ts';
import type { ItemState } from '../referral/inbox-item.states.ts';

@InputType()
class InboxFilter {
  @Field(() => [ItemStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: ItemState[] | null;

  @Field(() => ClaimRoleEnum, { nullable: true, description: 'In which you are asked.' })
  role?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'To be acted on before this instant.' })
  dueBefore?: Date | null;
}

const InboxConnection = connectionOf(InboxItem, 'InboxItem');

@Resolver(() => InboxItem)
export class InboxResolver {
  @Query(() => InboxItem, { nullable: true, description: 'An item of your desk.' })
  @May('inbox:read')
  async inboxItem(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<InboxItem> | null> {
    const tx = await context.read();
    const [row] = await tx.listAsked(InboxItem, [], 'WHERE t.id = $1', [rowIdOf('InboxItem', id)]);
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
  ): Promise<Connection<Asked<InboxItem>>> {
    const size = pageSize(first);
    const [due = '-infinity', id = idAfter(null)] = keyAfter(after, ['instant', 'id']) ?? [];
    const tx = await context.read();
    const values: unknown[] = [context.viewer.organisationId, due, id, size + 1];
    const conditions = conditionsOf(filter ?? {}, values);
    const rows = await tx.listAsked(
      InboxItem,
      ['dueAt'],
      `WHERE t.provider_id = $1 AND (t.due_at, t.id) > ($2::timestamptz, $3::uuid) ${conditions} ORDER BY t.due_at, t.id LIMIT $4`,
      values,
    );
    return pageOf(rows, size, (row) => [row.dueAt.toISOString(), row.id]);
  }
}

/** What a filter adds to WHERE; its values are added to those of the statement. */
function conditionsOf({ state, role, dueBefore }: InboxFilter, values: unknown[]): string {
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  // One state is found by the index of the desk; several are sifted from the list.
  if (state?.length === 1) conditions.push(`t.state = ${parameter(state[0])}`);
  else if (state) conditions.push(`t.state = ANY (${parameter(state)})`);
  if (role != null) conditions.push(`t.role = ${parameter(role)}`);
  if (dueBefore) conditions.push(`t.due_at < ${parameter(dueBefore)}`);
  return conditions.map((condition) => ` AND ${condition}`).join('');
}
