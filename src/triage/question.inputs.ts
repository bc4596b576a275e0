import { Field, ID, InputType } from 'type-graphql';

import { DecideCasesInput } from './decision.type.ts';

@InputType()
export class AskReporterInput extends DecideCasesInput {
  @Field(() => String, {
    description:
      '1 to 2,000 characters. Each report with something standing in the case gets it as a question of its own.',
  })
  question!: string;
}

@InputType()
export class AnswerQuestionInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => ID)
  question!: string;

  @Field(() => String, { description: '1 to 4,000 characters.' })
  answer!: string;
}
