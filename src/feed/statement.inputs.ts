import { Field, InputType } from 'type-graphql';

@InputType()
export class IssueFeedStatementInput {
  @Field(() => String, { description: '1 to 128 characters; the same key again is answered with the same statement.' })
  idempotencyKey!: string;
}
