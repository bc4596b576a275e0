import { Field, ID, InputType, Int } from 'type-graphql';

import { AssessmentEnum } from './case.entity.ts';
import type { Assessment } from './case.ts';

@InputType()
export class CaseRef {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version you decided on. Another one now: CONFLICT, with the present state.',
  })
  expectedVersion?: number | null;
}

@InputType()
export class ConfirmCasesInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [CaseRef], { description: 'At most 1,000.' })
  cases!: CaseRef[];

  @Field(() => AssessmentEnum, { defaultValue: 'UNKNOWN' })
  assessment!: Assessment;
}
