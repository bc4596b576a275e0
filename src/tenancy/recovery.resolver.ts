import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { Asked } from '../platform/database/tx.ts';
import { ownPage } from './client.resolver.ts';
import { Recovery } from './recovery.entity.ts';
import { BeginRecoveryInput } from './recovery.inputs.ts';
import type { RecoveryService } from './recovery.service.ts';

@ObjectType()
class RecoveryPayload extends Payload {
  @Field(() => Recovery, { nullable: true })
  recovery?: Recovery | null;

  @Field(() => String, { nullable: true, description: 'The key, when one was issued. It is shown this once.' })
  apiKey?: string | null;
}

const RecoveryConnection = connectionOf(Recovery, 'Recovery');

@Resolver()
export class RecoveryResolver {
  constructor(private readonly service: RecoveryService) {}

  @Query(() => RecoveryConnection, {
    description: 'Keys of your organisation that operators asked for when you had lost yours, oldest first.',
  })
  @May('organisation:manage')
  recoveries(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Recovery>>> {
    return ownPage(context, Recovery, first, after);
  }

  @Mutation(() => RecoveryPayload, {
    description:
      'Asks for a key for an organisation that has lost its own; it hears of it at once and can refuse. Ends by itself after seven days. CONFLICT while another is under way.',
  })
  @May('hub:operate')
  beginRecovery(
    @Arg('input', () => BeginRecoveryInput) input: BeginRecoveryInput,
    @Ctx() context: RequestContext,
  ): Promise<RecoveryPayload> {
    return answered(context, async () => told(context, await this.service.begin(context.viewer, input)));
  }

  @Mutation(() => RecoveryPayload, {
    description:
      'Agrees to a recovery, as the operator that was named to: never as the one who began it (FORBIDDEN). A key can be issued 24 hours later.',
  })
  @May('hub:operate')
  confirmRecovery(@Arg('recovery', () => ID) id: string, @Ctx() context: RequestContext): Promise<RecoveryPayload> {
    return answered(context, async () => told(context, await this.service.confirm(context.viewer, id)));
  }

  @Mutation(() => RecoveryPayload, {
    description:
      'Issues the key, once, to the operator that began the recovery: it manages the organisation and reads its events, and nothing else. WRONG_STATE before 24 hours have gone by.',
  })
  @May('hub:operate')
  issueRecoveryKey(@Arg('recovery', () => ID) id: string, @Ctx() context: RequestContext): Promise<RecoveryPayload> {
    return answered(context, async () => {
      const issued = await this.service.issue(context.viewer, id);
      return { ...(await told(context, issued)), apiKey: issued.key };
    });
  }

  @Mutation(() => RecoveryPayload, {
    description: 'Ends a recovery without a key. For the organisation itself, and for either operator.',
  })
  @May('organisation:manage', 'hub:operate')
  refuseRecovery(@Arg('recovery', () => ID) id: string, @Ctx() context: RequestContext): Promise<RecoveryPayload> {
    return answered(context, async () => told(context, await this.service.refuse(context.viewer, id)));
  }
}

async function told(
  context: RequestContext,
  { recoveryId, entryId }: { recoveryId: string; entryId: string },
): Promise<Omit<RecoveryPayload, 'errors'>> {
  const tx = await context.read();
  const [recovery] = await tx.list(Recovery, 'WHERE t.id = $1', [recoveryId]);
  return { recovery: recovery ?? null, receipt: new Receipt(entryId) };
}
