import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { Anyone, May } from '../platform/api/policy.ts';
import type { Permission } from '../platform/viewer.ts';
import type { Asked } from '../platform/database/tx.ts';
import { PermissionName } from './client.entity.ts';
import { Organisation } from './organisation.entity.ts';
import { CreateOrganisationInput } from './organisation.inputs.ts';
import type { OrganisationService } from './organisation.service.ts';

@ObjectType('Viewer', {
  description: 'Who is asking: the organisation behind the credential, and what the credential may do.',
})
class ViewerType {
  @Field(() => Organisation)
  organisation!: Organisation;

  @Field(() => [PermissionName])
  permissions!: Permission[];
}

@ObjectType()
class CreateOrganisationPayload extends Payload {
  @Field(() => Organisation, { nullable: true })
  organisation?: Organisation | null;

  @Field(() => String, { nullable: true, description: 'Its first key. It is shown this once.' })
  apiKey?: string | null;
}

@ObjectType()
class SuspendOrganisationPayload extends Payload {
  @Field(() => Organisation, { nullable: true })
  organisation?: Organisation | null;
}

@ObjectType()
class ReinstateOrganisationPayload extends Payload {
  @Field(() => Organisation, { nullable: true })
  organisation?: Organisation | null;
}

const OrganisationConnection = connectionOf(Organisation, 'Organisation');

@Resolver(() => Organisation)
export class OrganisationResolver {
  constructor(private readonly service: OrganisationService) {}

  @Query(() => ViewerType, { name: 'viewer', description: 'Who you are here.' })
  @Anyone('It answers with the asker itself and nothing else.')
  async whoAmI(@Ctx() context: RequestContext): Promise<ViewerType> {
    const { organisationId, permissions } = context.viewer;
    return { organisation: await byId(context, organisationId), permissions: [...permissions] };
  }

  @Query(() => OrganisationConnection, {
    description: 'Your own organisation, those that are listed for everybody (CERTs are), and those you operate.',
  })
  @Anyone('Listed organisations are meant to be found; row-level security hides the others.')
  async organisations(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('state', () => String, { nullable: true, description: 'ACTIVE, SUSPENDED or UNCLAIMED.' })
    state: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Organisation>>> {
    const size = pageSize(first);
    const last = idAfter(after);
    const tx = await context.read();
    const rows = await tx.listAsked(
      Organisation,
      [],
      'WHERE t.id > $1 AND ($3::text IS NULL OR t.state = $3) ORDER BY t.id LIMIT $2',
      [last, size + 1, state],
    );
    return pageOf(rows, size, ({ id }) => [id]);
  }

  @Mutation(() => CreateOrganisationPayload, { description: 'Registers an organisation and issues its first key.' })
  @May('hub:operate')
  createOrganisation(
    @Arg('input', () => CreateOrganisationInput) input: CreateOrganisationInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateOrganisationPayload> {
    return answered(context, async () => {
      const { organisationId, key, entryId } = await this.service.create(context.viewer, input);
      return {
        organisation: await byId(context, organisationId),
        apiKey: key,
        receipt: new Receipt(entryId),
      };
    });
  }

  @Mutation(() => SuspendOrganisationPayload, {
    description: 'Refuses every credential of an organisation that you registered, open sockets included.',
  })
  @May('hub:operate')
  suspendOrganisation(
    @Arg('organisation', () => ID) id: string,
    @Ctx() context: RequestContext,
  ): Promise<SuspendOrganisationPayload> {
    return answered(context, async () => {
      const { organisationId, entryId } = await this.service.suspend(context.viewer, id);
      return {
        organisation: await byId(context, organisationId),
        receipt: new Receipt(entryId),
      };
    });
  }

  @Mutation(() => ReinstateOrganisationPayload, {
    description: 'Ends a suspension: the credentials of the organisation open again, but for those that have ended.',
  })
  @May('hub:operate')
  reinstateOrganisation(
    @Arg('organisation', () => ID) id: string,
    @Ctx() context: RequestContext,
  ): Promise<ReinstateOrganisationPayload> {
    return answered(context, async () => {
      const { organisationId, entryId } = await this.service.reinstate(context.viewer, id);
      return {
        organisation: await byId(context, organisationId),
        receipt: new Receipt(entryId),
      };
    });
  }
}

async function byId(context: RequestContext, id: string): Promise<Organisation> {
  const tx = await context.read();
  const [row] = await tx.list(Organisation, 'WHERE t.id = $1', [id]);
  if (!row) throw new Error('An organisation cannot see itself.');
  return row;
}
