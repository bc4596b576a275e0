import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import { permissionsFor, runAct, type Act } from '../platform/api/acts.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, UserError, answered } from '../platform/api/payload.ts';
import { Anyone, May } from '../platform/api/policy.ts';
import { notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { Approval } from './approval.entity.ts';
import { SetActPolicyInput } from './approval.inputs.ts';
import type { ApprovalService } from './approval.service.ts';

@ObjectType('ActPolicy', { description: 'What your organisation demands of its people before they act outward.' })
class ActPolicyType {
  @Field(() => Boolean)
  requireMfa!: boolean;

  @Field(() => Boolean)
  fourEyes!: boolean;
}

@ObjectType()
class SetActPolicyPayload extends Payload {
  @Field(() => ActPolicyType, { nullable: true, description: 'As it is now.' })
  policy?: ActPolicyType | null;
}

@ObjectType({ description: 'What became of one item of the act, in the order of its input.' })
class ActResult {
  @Field(() => UserError, { nullable: true, description: 'Null when it was done.' })
  error?: UserError | null;
}

@ObjectType()
class ApprovalPayload extends Payload {
  @Field(() => Approval, { nullable: true })
  approval?: Approval | null;
}

@ObjectType({
  description:
    'What became of the act itself: its receipt and errors are those of the act once it was done. No receipt, no errors and an approval that is PENDING: another person must approve too.',
})
class ApproveActPayload extends ApprovalPayload {
  @Field(() => [ActResult], { nullable: true, description: 'For an act on many items, once it was done.' })
  results?: ActResult[] | null;
}

/** What acts answer with, as far as they are alike. */
interface Done {
  readonly receipt?: Receipt | null;
  readonly errors?: readonly UserError[];
  readonly results?: readonly { readonly error?: UserError | null }[] | null;
}

const ApprovalConnection = connectionOf(Approval, 'Approval');
const OWN = 'It is about acts of the asker’s own organisation, each asked about with the permission of the act itself.';

@Resolver(() => Approval)
export class ApprovalResolver {
  constructor(private readonly service: ApprovalService) {}

  /** What stands before every act of the list. */
  admit(context: RequestContext, act: Act, run: () => unknown): Promise<Payload> {
    return answered<Payload>(context, async () => {
      await this.service.admit(context.viewer, act);
      return (await run()) as Payload;
    });
  }

  @Query(() => ActPolicyType, { description: 'What your organisation demands before an outward act.' })
  @Anyone('Whoever acts for an organisation must be able to learn what it demands of him.')
  actPolicy(@Ctx() context: RequestContext): Promise<ActPolicyType> {
    return this.service.policyFor(context.viewer);
  }

  @Query(() => ApprovalConnection, {
    description: 'Acts that wait for a second person, and those that did, newest first.',
  })
  @May('organisation:manage', 'cases:decide', 'reports:submit', 'inbox:answer', 'hub:operate', 'claims:manage')
  async approvals(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Approval>>> {
    const [size, last] = [pageSize(first), idAfter(after)];
    const tx = await context.read();
    const rows = await tx.listAsked(
      Approval,
      [],
      'WHERE t.organisation_id = $1 AND ($4 OR t.id < $2) ORDER BY t.id DESC LIMIT $3',
      [context.viewer.organisationId, last, size + 1, after == null],
    );
    return pageOf(rows, size, ({ id }) => [id]);
  }

  @Mutation(() => SetActPolicyPayload, {
    description:
      'Says what is demanded before an outward act: the mutations that answer NEEDS_SECOND_FACTOR or NEEDS_APPROVAL are listed in docs/permissions.md. It is itself one of them.',
  })
  @May('organisation:manage')
  setActPolicy(
    @Arg('input', () => SetActPolicyInput) input: SetActPolicyInput,
    @Ctx() context: RequestContext,
  ): Promise<SetActPolicyPayload> {
    return answered(context, async () => {
      const { entryId } = await this.service.setPolicy(context.viewer, input);
      return { policy: await this.service.policyFor(context.viewer), receipt: new Receipt(entryId) };
    });
  }

  @Mutation(() => ApproveActPayload, {
    description:
      'Approves an act that somebody else of your organisation asked for, and does it, once, when enough people have. For a signed-in member with the permission of the act; who asked cannot, and no key can. If no answer comes, ask again: it is not done twice.',
  })
  @Anyone(OWN)
  approveAct(
    @Arg('approval', () => ID) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ApproveActPayload> {
    return answered<ApproveActPayload>(context, async () => {
      const needed = await this.needed(context, info, id);
      const { act, ready } = await this.service.approve(context.viewer, id, needed);
      const done = ready ? ((await runAct(act, context, info)) as Done) : {};
      const approval = await find(context, id);
      const { receipt = null, errors = [], results } = done;
      return { approval, receipt, errors, results: results?.map(({ error = null }) => ({ error })) ?? null };
    });
  }

  @Mutation(() => ApprovalPayload, { description: 'Lets an act that waits not be done; also for who asked for it.' })
  @Anyone(OWN)
  declineAct(
    @Arg('approval', () => ID) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ApprovalPayload> {
    return answered(context, async () => {
      await this.needed(context, info, id);
      const { entryId } = await this.service.decline(context.viewer, id);
      return { approval: await find(context, id), receipt: new Receipt(entryId) };
    });
  }

  /** The permissions of the act, of which the viewer holds one. */
  private async needed(context: RequestContext, info: GraphQLResolveInfo, id: string) {
    const { verb } = await find(context, id);
    await context.endRead();
    return permissionsFor(info, verb, context);
  }
}

async function find(context: RequestContext, id: string): Promise<Approval> {
  const tx = await context.read();
  const [row] = await tx.list(Approval, 'WHERE t.id = $1 AND t.organisation_id = $2', [
    rowIdOf('Approval', id),
    context.viewer.organisationId,
  ]);
  if (!row) throw notFound(['approval']);
  return row;
}
