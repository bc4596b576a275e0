import { Field, ID, InputType, registerEnumType } from 'type-graphql';

import { AssessmentEnum, RetractReasonEnum } from './case.entity.ts';
import {
  REJECT_REASONS,
  UNRESOLVED_REASONS,
  type Assessment,
  type RejectReason,
  type RetractReason,
  type UnresolvedReason,
} from './case.ts';
import { DecideCasesInput } from './decision.type.ts';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value]));
const RejectReasonEnum = enumOf(REJECT_REASONS);
const UnresolvedReasonEnum = enumOf(UNRESOLVED_REASONS);
export enum CaseEnd {
  MITIGATED = 'MITIGATED',
  RESOLVED = 'RESOLVED',
  UNRESOLVED = 'UNRESOLVED',
}
registerEnumType(RejectReasonEnum, { name: 'RejectReason', description: 'Why nothing is done about a case.' });
registerEnumType(UnresolvedReasonEnum, {
  name: 'UnresolvedReason',
  description: 'Why a case ends although the abuse may go on.',
});
registerEnumType(CaseEnd, {
  name: 'CaseEnd',
  description: 'MITIGATED: it is down, on your word. RESOLVED: down for good, on your word. UNRESOLVED: with a reason.',
});

@InputType()
export class ClaimCasesInput extends DecideCasesInput {}

@InputType()
export class AssessCasesInput extends DecideCasesInput {
  @Field(() => AssessmentEnum)
  assessment!: Assessment;
}

@InputType()
export class ConfirmCasesInput extends DecideCasesInput {
  @Field(() => AssessmentEnum, { nullable: true, description: 'Default: as it was assessed before.' })
  assessment?: Assessment | null;
}

@InputType()
export class RejectCasesInput extends DecideCasesInput {
  @Field(() => RejectReasonEnum)
  reason!: RejectReason;

  @Field(() => String, {
    nullable: true,
    description: 'For coordinators; at most 2,000 characters. OTHER needs one. Reporters hear that it was rejected.',
  })
  note?: string | null;
}

@InputType()
export class RetractCasesInput extends DecideCasesInput {
  @Field(() => RetractReasonEnum)
  reason!: RetractReason;

  @Field(() => String, { nullable: true, description: 'For whoever was asked; at most 2,000 characters.' })
  correction?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Only these of their indicators are taken back, at most 10,000; a case falls when none stands. Null: all of them.',
  })
  indicators?: string[] | null;
}

@InputType()
export class EndCasesInput extends DecideCasesInput {
  @Field(() => CaseEnd)
  as!: CaseEnd;

  @Field(() => UnresolvedReasonEnum, { nullable: true, description: 'For UNRESOLVED, and for nothing else.' })
  reason?: UnresolvedReason | null;
}
