import { Field, InputType } from 'type-graphql';

import { AssessmentEnum } from './case.entity.ts';
import type { Assessment } from './case.ts';
import { CaseRef } from './decision.type.ts';

@InputType()
export class ConfirmCasesInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [CaseRef], { description: 'At most 1,000.' })
  cases!: CaseRef[];

  @Field(() => AssessmentEnum, { defaultValue: 'UNKNOWN' })
  assessment!: Assessment;
}
