import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';

import { allFacts } from '../ledger/fact.ts';
import { DateTime, JsonObject } from '../platform/api/scalars.ts';

/** Filled by `registerEventKinds` once every folder has defined its facts. */
export const EventKind: Record<string, string> = {};

/** Makes the GraphQL enum from the facts defined so far; called once, before the schema is built. */
export function registerEventKinds(): void {
  for (const { kind } of allFacts()) EventKind[kind] = kind;
}

registerEnumType(EventKind, {
  name: 'EventKind',
  description: 'What happened. New kinds will be added: ignore those you do not know, and keep the cursor moving.',
});

@ObjectType({ description: 'Who acted. The organisation, never the person.' })
export class EventActor {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;
}

@ObjectType({
  description:
    'One entry of your feed. Numbers are dense: 1, 2, 3 ... with no gap and no repeat. One that was erased keeps its number and its kind, and has no actor, no subjects and no details.',
})
export class Event {
  @Field(() => String, { description: 'Resume after this event with it.' })
  cursor!: string;

  @Field(() => String, { description: 'Its number in your feed, from 1; a decimal string, since it may pass 2^31.' })
  sequence!: string;

  @Field(() => EventKind)
  kind!: string;

  @Field(() => DateTime)
  at!: Date;

  @Field(() => EventActor, { nullable: true, description: 'Null: the hub itself.' })
  actor!: EventActor | null;

  @Field(() => String, { description: 'One line for a person.' })
  summary!: string;

  @Field(() => [ID], { description: 'The objects it is about, at most 1,000, all of one type.' })
  subjects!: string[];

  @Field(() => [JsonObject], {
    description: 'What it says of each of them, in the same order; `id` is the row, not the global id.',
  })
  details!: object[];

  @Field(() => ID, { description: 'Its entry in the ledger.' })
  entryId!: string;
}

@ObjectType({ description: 'The feed cannot go on from your cursor.' })
export class FeedGap {
  @Field(() => String, {
    description: 'RESTORED: the hub was restored from a backup, which your cursor is ahead of or outside.',
  })
  reason!: 'RESTORED';

  @Field(() => String, { description: 'Read again from here; events you know may come again under other numbers.' })
  resumeFrom!: string;
}

@ObjectType({ description: 'A part of your feed: what `Query.events` answers and `Subscription.events` sends.' })
export class EventPage {
  @Field(() => [Event])
  events!: Event[];

  @Field(() => String, { description: 'Where this page ends, also when `kinds` left everything out. Resume with it.' })
  cursor!: string;

  @Field(() => String, { description: 'Where the feed ended when this page was read.' })
  head!: string;

  @Field(() => FeedGap, { nullable: true })
  gap!: FeedGap | null;
}
