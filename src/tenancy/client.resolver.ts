import { Arg, Ctx, Field, FieldResolver, ID, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { EntityTarget } from 'typeorm';

import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import type { Node } from '../platform/api/node.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { toGlobalId } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { Client } from './client.entity.ts';
import type { ClientService } from './client.service.ts';
import type { LinkService } from './link.service.ts';
import { CreateClientInput, LinkClientInput, RotateClientKeyInput, UpdateClientInput } from './organisation.inputs.ts';

@ObjectType()
class ClientPayload extends Payload {
  @Field(() => ID, { nullable: true })
  client?: string | null;

  @Field(() => String, { nullable: true, description: 'The key, when one was issued. It is shown this once.' })
  apiKey?: string | null;
}

const ClientConnection = connectionOf(Client, 'Client');

@Resolver(() => Client)
export class ClientResolver {
  constructor(
    private readonly service: ClientService,
    private readonly links: LinkService,
  ) {}

  @Query(() => ClientConnection, { description: 'The credentials of your organisation, oldest first.' })
  @May('organisation:manage')
  clients(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Client>>> {
    return ownPage(context, Client, first, after);
  }

  @Mutation(() => ClientPayload, { description: 'Issues a key for a machine, or for a member at work with a script.' })
  @May('organisation:manage')
  createClient(
    @Arg('input', () => CreateClientInput) input: CreateClientInput,
    @Ctx() context: RequestContext,
  ): Promise<ClientPayload> {
    return answered(context, async () => {
      const { clientId, key, entryId } = await this.service.createClient(context.viewer, input);
      return { client: toGlobalId('Client', clientId), apiKey: key, receipt: new Receipt(entryId) };
    });
  }

  @Mutation(() => ClientPayload, {
    description:
      'Lets access tokens (RFC 9068) of one of this hub’s issuers act for your organisation: those with the same `iss`, `client_id` and `sub` as the one you show. A token’s `scope`, where it has one, narrows the permissions to those it names (`reports:submit`); it never widens them.',
  })
  @May('organisation:manage')
  linkClient(
    @Arg('input', () => LinkClientInput) input: LinkClientInput,
    @Ctx() context: RequestContext,
  ): Promise<ClientPayload> {
    return answered(context, async () => {
      const { clientId, entryId } = await this.links.link(context.viewer, input);
      return { client: toGlobalId('Client', clientId), receipt: new Receipt(entryId) };
    });
  }

  @Mutation(() => ClientPayload, {
    description:
      'Issues another key for the same client. The key of now opens on until `oldKeyUntil`; one that was replaced before ends at once.',
  })
  @May('organisation:manage')
  rotateClientKey(
    @Arg('input', () => RotateClientKeyInput) input: RotateClientKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<ClientPayload> {
    return answered(context, async () => {
      const { clientId, key, entryId } = await this.service.rotateKey(context.viewer, input);
      return { client: toGlobalId('Client', clientId), apiKey: key, receipt: new Receipt(entryId) };
    });
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When it last opened, to the minute. Null: never, as far as the hub knows.',
  })
  @Reads()
  lastUsedAt(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<Date | null> {
    return lastUses(context).load(id);
  }

  @Mutation(() => ClientPayload, {
    description:
      'Changes what a key or a link is called, may do, from where and until when it opens. The key itself stays. Takes effect within seconds, on open sockets within a minute.',
  })
  @May('organisation:manage')
  updateClient(
    @Arg('input', () => UpdateClientInput) input: UpdateClientInput,
    @Ctx() context: RequestContext,
  ): Promise<ClientPayload> {
    return answered(context, async () => {
      const { clientId, entryId } = await this.service.updateClient(context.viewer, input);
      return { client: toGlobalId('Client', clientId), receipt: new Receipt(entryId) };
    });
  }

  @Mutation(() => ClientPayload, {
    description: 'Ends a key or a link: refused within seconds, open sockets closed within a minute.',
  })
  @May('organisation:manage')
  revokeClient(@Arg('client', () => ID) id: string, @Ctx() context: RequestContext): Promise<ClientPayload> {
    return answered(context, async () => {
      const { entryId } = await this.service.revokeClient(context.viewer, id);
      return { client: id, receipt: new Receipt(entryId) };
    });
  }
}

const lastUses = perRequest<string, Date | null>(async (tx, ids) => {
  const rows = await tx.query<{ client_id: string; used_at: Date }>(
    'SELECT client_id, used_at FROM client_use WHERE client_id = ANY ($1)',
    [ids],
  );
  const usedAt = new Map(rows.map((row) => [row.client_id, row.used_at]));
  return ids.map((id) => usedAt.get(id) ?? null);
});

export async function ownPage<Item extends Node>(
  context: RequestContext,
  entity: EntityTarget<Item>,
  first: number,
  after: string | null,
): Promise<Connection<Asked<Item>>> {
  const size = pageSize(first);
  const last = idAfter(after);
  const tx = await context.read();
  const rows = await tx.listAsked(entity, [], 'WHERE t.organisation_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3', [
    context.viewer.organisationId,
    last,
    size + 1,
  ]);
  return pageOf(rows, size, ({ id }) => [id]);
}
