import { Field, ID, InputType } from 'type-graphql';

@InputType()
export class EraseEntryInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The entry, by `entryId` of its event or of its receipt.' })
  entry!: string;

  @Field(() => String, {
    description:
      '1 to 2,000 characters: why, and on what basis. Every organisation that had heard the entry reads it: it must not repeat what is erased.',
  })
  reason!: string;
}
