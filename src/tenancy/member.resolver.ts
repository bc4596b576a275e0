import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { toGlobalId } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { ownPage } from './client.resolver.ts';
import { Member } from './member.entity.ts';
import { GrantPermissionsInput, InviteMemberInput } from './member.inputs.ts';
import type { Invited, MemberService } from './member.service.ts';

@ObjectType()
class MemberPayload extends Payload {
  @Field(() => ID, { nullable: true })
  member?: string | null;
}

@ObjectType()
class InvitationPayload extends MemberPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'What she enters at `/auth` of the hub before she signs in for the first time, once and within seven days. It is shown this once; send it to her by a way that only she reads.',
  })
  invitation?: string | null;
}

const MemberConnection = connectionOf(Member, 'Member');

@Resolver()
export class MemberResolver {
  constructor(private readonly service: MemberService) {}

  @Query(() => MemberConnection, { description: 'The people of your organisation, oldest first.' })
  @May('organisation:manage')
  members(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Member>>> {
    return ownPage(context, Member, first, after);
  }

  @Mutation(() => InvitationPayload, {
    description:
      'Adds a person, who may do nothing yet. She becomes the member when she signs in with the invitation. A key for her is a client with `member` set.',
  })
  @May('organisation:manage')
  inviteMember(
    @Arg('input', () => InviteMemberInput) input: InviteMemberInput,
    @Ctx() context: RequestContext,
  ): Promise<InvitationPayload> {
    return answered(context, async () => invited(await this.service.invite(context.viewer, input)));
  }

  @Mutation(() => InvitationPayload, {
    description: 'Another invitation for a member who has not joined. The one before opens nothing any more.',
  })
  @May('organisation:manage')
  renewInvitation(@Arg('member', () => ID) id: string, @Ctx() context: RequestContext): Promise<InvitationPayload> {
    return answered(context, async () => invited(await this.service.renewInvitation(context.viewer, id)));
  }

  @Mutation(() => MemberPayload, {
    description:
      'Says what a member may do when she is signed in, from her next request on. Her keys stay as they are.',
  })
  @May('organisation:manage')
  grantPermissions(
    @Arg('input', () => GrantPermissionsInput) input: GrantPermissionsInput,
    @Ctx() context: RequestContext,
  ): Promise<MemberPayload> {
    return answered(context, async () => changed(await this.service.grant(context.viewer, input)));
  }

  @Mutation(() => MemberPayload, {
    description: 'Shuts her sessions and keys out at once, open sockets within a minute, until she is reinstated.',
  })
  @May('organisation:manage')
  suspendMember(@Arg('member', () => ID) id: string, @Ctx() context: RequestContext): Promise<MemberPayload> {
    return answered(context, async () => changed(await this.service.suspend(context.viewer, id)));
  }

  @Mutation(() => MemberPayload, {
    description:
      'Ends a suspension. Her permissions are as before, and sessions that have not ended meanwhile open again.',
  })
  @May('organisation:manage')
  reinstateMember(@Arg('member', () => ID) id: string, @Ctx() context: RequestContext): Promise<MemberPayload> {
    return answered(context, async () => changed(await this.service.reinstate(context.viewer, id)));
  }

  @Mutation(() => MemberPayload, {
    description: 'Ends a membership, and every session and key that acts for the person.',
  })
  @May('organisation:manage')
  removeMember(@Arg('member', () => ID) id: string, @Ctx() context: RequestContext): Promise<MemberPayload> {
    return answered(context, async () => changed(await this.service.remove(context.viewer, id)));
  }
}

const changed = ({ memberId, entryId }: { memberId: string; entryId: string }) => ({
  member: toGlobalId('Member', memberId),
  receipt: new Receipt(entryId),
});

const invited = ({ invitation, ...made }: Invited) => ({ ...changed(made), invitation });
