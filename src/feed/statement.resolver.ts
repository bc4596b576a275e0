import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { FeedStatement, IssueFeedStatementPayload } from './receipt.type.ts';
import { IssueFeedStatementInput } from './statement.inputs.ts';
import type { StatementService } from './statement.service.ts';

@Resolver()
export class StatementResolver {
  constructor(private readonly service: StatementService) {}

  @Query(() => FeedStatement, {
    nullable: true,
    description: 'The last recorded statement of your feed. Null when none was: `issueFeedStatement` records one.',
  })
  @May('events:read')
  async feedStatement(@Ctx() context: RequestContext): Promise<FeedStatement | null> {
    return this.service.last(await context.read(), context.viewer);
  }

  @Mutation(() => IssueFeedStatementPayload, {
    description:
      'Has the hub state, signed, how long your feed is now. The statement is itself an entry of your feed. Where nothing ' +
      'has come since the last one, that is answered again.',
  })
  @May('events:read')
  issueFeedStatement(
    @Arg('input', () => IssueFeedStatementInput) input: IssueFeedStatementInput,
    @Ctx() context: RequestContext,
  ): Promise<IssueFeedStatementPayload> {
    return answered(context, async () => {
      const { entryId, isNew } = await this.service.issue(context.viewer, input);
      const statement = await this.service.recordedIn(await context.read(), entryId);
      return { statement, receipt: isNew ? new Receipt(entryId) : null };
    });
  }
}
