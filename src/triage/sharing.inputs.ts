import { Field, ID, InputType } from 'type-graphql';

import { DecideCasesInput } from './decision.type.ts';

@InputType()
export class ShareCasesInput extends DecideCasesInput {
  @Field(() => ID, { description: 'A CERT; see `organisations`.' })
  coordinator!: string;
}

@InputType()
export class TransferCasesInput extends DecideCasesInput {
  @Field(() => ID, { description: 'The CERT that takes them over; see `organisations`.' })
  to!: string;

  @Field(() => String, { nullable: true, description: 'For your own records; at most 2,000 characters.' })
  note?: string | null;
}
