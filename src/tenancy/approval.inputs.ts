import { Field, InputType } from 'type-graphql';

@InputType()
export class SetActPolicyInput {
  @Field(() => String, { description: '1 to 128 characters; the same again within 30 days is answered as the first.' })
  idempotencyKey!: string;

  @Field(() => Boolean, {
    description:
      'People act outward only in a session that their provider began with a second factor. Keys of members then do not act outward; keys of machines do.',
  })
  requireMfa!: boolean;

  @Field(() => Boolean, {
    description:
      'What is asked for outward waits until two people have looked: who asked at a browser and another, or two where a key asked. Can be switched on once two members with ORGANISATION_MANAGE have joined.',
  })
  fourEyes!: boolean;
}
