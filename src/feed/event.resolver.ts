import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Node, type NodeRegistry } from '../platform/api/node.ts';
import { connectionOf, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { Anyone, May } from '../platform/api/policy.ts';
import { fromGlobalId } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { parseCursor } from './cursor.ts';
import { Event, EventKind, EventPage } from './event.type.ts';
import { feedState, trailPage } from './events.queries.ts';
import { readEvents, toEvent } from './event-page.service.ts';
import type { FeedService } from './feed.service.ts';

@ObjectType()
class AcknowledgeEventsPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'How far this client has acknowledged.' })
  upTo?: string | null;
}

const EventConnection = connectionOf(Event, 'Event');

/** What `subscribe` receives: its arguments are raw, neither transformed nor validated. */
interface Subscribing {
  args: { after?: string | null; first?: number | null; kinds?: string[] | null };
  context: RequestContext;
}

const MAX_EVENTS = 1000;

@Resolver()
export class EventResolver {
  constructor(
    private readonly feed: FeedService,
    private readonly nodes: NodeRegistry,
  ) {}

  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id. Null: there is none, or it is not yours to read.',
  })
  @Anyone("What comes back is decided by the rows: row-level security hides what is not the viewer's.")
  node(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<Node> | null> {
    return this.nodes.load(context, id);
  }

  @Query(() => EventPage, {
    description:
      'Your feed from a cursor on, oldest first; from its beginning without one. A page may hold fewer than `first`: ' +
      'you have all when its `cursor` is its `head`.',
  })
  @May('events:read')
  async events(
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('first', () => Int, { defaultValue: 100, description: '1 to 1,000.' }) first: number,
    @Arg('kinds', () => [EventKind], { nullable: true }) kinds: string[] | null,
    @Ctx() context: RequestContext,
  ): Promise<EventPage> {
    const size = pageSize(first, MAX_EVENTS);
    const cursor = after == null ? null : parseCursor(after);
    return readEvents(await context.read(), this.nodes, { after: cursor, first: size, kinds: kinds ?? null });
  }

  @Query(() => EventConnection, {
    description: 'What your feed says of one object, oldest first. Empty for an object that is not yours.',
  })
  @May('events:read')
  async auditTrail(
    @Arg('subject', () => ID) subject: string,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Event>> {
    const size = pageSize(first);
    const [seq = '0'] = keyAfter(after, ['number']) ?? [];
    const asked = fromGlobalId(subject);
    const tx = await context.read();
    const { generation } = await feedState(tx);
    const rows = asked ? await trailPage(tx, asked.id, BigInt(seq), size + 1) : [];
    const events = rows.map((row) => toEvent(row, generation, this.nodes));
    return pageOf(events, size, ({ sequence }) => [sequence]);
  }

  @Mutation(() => AcknowledgeEventsPayload, {
    description:
      'Says for the desk that everything up to a cursor has been read. It proves that your organisation was told, ' +
      'and is itself an entry in your feed. Repeating it, or going back, changes nothing.',
  })
  @May('desk')
  acknowledgeEvents(
    @Arg('cursor', () => String) cursor: string,
    @Ctx() context: RequestContext,
  ): Promise<AcknowledgeEventsPayload> {
    return answered(context, async () => {
      const { upTo, entryId } = await this.feed.acknowledge(context.viewer, cursor);
      return { upTo, receipt: entryId === null ? null : new Receipt(entryId) };
    });
  }

  @Subscription(() => EventPage, {
    name: 'events',
    description:
      'Your feed as it grows: pages of 1 to `first` events. Without `after` it starts now; with a cursor it resumes ' +
      'after it, without loss or repeat, across reconnects, restarts and nodes.',
    subscribe: (asked: Subscribing) => asked.context.resolvers.get(EventResolver).subscribe(asked),
  })
  @May('events:read')
  eventPages(
    @Root() page: EventPage,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
    @Arg('first', () => Int, { defaultValue: 100, description: '1 to 1,000.' }) _first: number,
    @Arg('kinds', () => [EventKind], { nullable: true }) _kinds: string[] | null,
  ): EventPage {
    return page;
  }

  private subscribe({ args, context }: Subscribing): Promise<AsyncIterable<EventPage>> {
    return this.feed.subscribe(context.viewer, context.stillHolds, {
      after: args.after ?? null,
      first: pageSize(args.first ?? 100, MAX_EVENTS),
      kinds: args.kinds ?? null,
    });
  }
}
