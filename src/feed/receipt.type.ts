import { Field, Int, ObjectType } from 'type-graphql';

import { Payload, Receipt } from '../platform/api/payload.ts';
import { DateTime } from '../platform/api/scalars.ts';

@ObjectType({
  description:
    'The state of the whole log at a size, signed by the hub (C2SP tlog-checkpoint). Everybody is shown the same: keep ' +
    'one, and nobody can change or take away anything before it unnoticed.',
})
export class Checkpoint {
  @Field(() => String, { description: "The log's name." })
  origin!: string;

  @Field(() => String, { description: 'How many entries are in it; a decimal string.' })
  size!: string;

  @Field(() => String, { description: 'Root of the Merkle tree (RFC 6962) of that size, base64.' })
  root!: string;

  @Field(() => DateTime)
  signedAt!: Date;

  @Field(() => String, { description: 'The signed note, as `GET /checkpoint` serves it.' })
  note!: string;
}

@ObjectType({ description: 'That an entry is in the log, to be checked against a checkpoint.' })
export class Inclusion {
  @Field(() => String, { description: 'Its position in the log, from 0; a decimal string.' })
  position!: string;

  @Field(() => String, { description: 'The size of the tree that the proof is about: that of `checkpoint`.' })
  treeSize!: string;

  @Field(() => [String], { description: 'The hashes of RFC 6962 2.1.1, base64, from the leaf up.' })
  proof!: string[];

  @Field(() => Checkpoint)
  checkpoint!: Checkpoint;
}

@ObjectType({ description: 'A part of your feed with all that is needed to prove it, what was erased too.' })
export class ReceiptPage {
  @Field(() => [Receipt])
  receipts!: Receipt[];

  @Field(() => String, { description: 'Where this page ends. Resume with it.' })
  cursor!: string;

  @Field(() => String, { description: 'Where the feed ended when this page was read.' })
  head!: string;
}

@ObjectType({
  description:
    'The hub’s signed word on how long your feed was at a moment, and its chain there. Whoever holds its n entries and ' +
    'the statement can show that there was no other: that nobody was told of something, as much as that somebody was.',
})
export class FeedStatement {
  @Field(() => String, { nullable: true, description: 'JWS (Ed25519). Null when this node lacks the key of its time.' })
  token!: string | null;

  @Field(() => Int, { description: 'Generation of the feed.' })
  generation!: number;

  @Field(() => String, { description: 'How many entries the feed had; a decimal string.' })
  n!: string;

  @Field(() => String, { description: 'The chain h(n), base64url.' })
  hash!: string;

  @Field(() => String, { description: 'How many entries the whole log had; a decimal string.' })
  treeSize!: string;

  @Field(() => DateTime)
  at!: Date;

  @Field(() => Receipt, { description: 'Of the entry that records it.' })
  receipt!: Receipt;
}

@ObjectType()
export class IssueFeedStatementPayload extends Payload {
  @Field(() => FeedStatement, { nullable: true })
  statement?: FeedStatement | null;
}
