import { Field, ID, InputType } from 'type-graphql';

@InputType()
export class BeginRecoveryInput {
  @Field(() => ID, { description: 'An ACTIVE organisation that you registered.' })
  organisation!: string;

  @Field(() => String, {
    description: 'Who asked you, and how you know them. 1 to 2,000 characters; the organisation reads it.',
  })
  reason!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The operator who is to agree, by its id. Without it your own, by another member of yours: then both of you must ' +
      'be signed in, since a key does not say in whose hand it is.',
  })
  seconder?: string | null;
}
