import { Field, ID, InputType, Int } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { AbuseCategoryEnum } from './indicator.entity.ts';
import { HostingInput } from './hosting.type.ts';
import type { AbuseCategory, SubmittedIndicator } from './indicator.ts';
import { PapEnum, TellEnum, TlpEnum } from './report.entity.ts';
import type { Pap, Tell, Tlp } from './report.ts';

export const KEY =
  'Any string of 1 to 128 characters, unique in your organisation for 30 days. The same key again gets the same answer.';

@InputType()
export class IndicatorInput implements SubmittedIndicator {
  @Field(() => String, { description: 'The observable as text, defanged or not; at most 2,048 characters.' })
  value!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Its type, where the text could be several: an ObservableType or a usual word (`domain`, `ip`, `sha256` ...).',
  })
  type?: string | null;

  @Field(() => AbuseCategoryEnum)
  category!: AbuseCategory;

  @Field(() => Int, { nullable: true, description: '0 to 100.' })
  confidence?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'With an offset: addresses change hands within hours.' })
  firstSeen?: Date | null;

  @Field(() => DateTime, { nullable: true })
  lastSeen?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'For the coordinator and those who are told; at most 2,000 characters.',
  })
  comment?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Your name for it, at most 256 characters, unique in your organisation for ever: the same again has no second effect.',
  })
  externalId?: string | null;

  @Field(() => HostingInput, { nullable: true })
  hosting?: HostingInput | null;
}

@InputType()
export class SubmitReportInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => String, { nullable: true })
  externalId?: string | null;

  @Field(() => String, { description: '1 to 300 characters.' })
  title!: string;

  @Field(() => String, {
    nullable: true,
    description: 'For the coordinator; at most 65,536 characters. No party is told it.',
  })
  narrative?: string | null;

  @Field(() => [String], { defaultValue: [] })
  threatActors!: string[];

  @Field(() => [String], { defaultValue: [], description: 'Whom the attack was aimed at, in words.' })
  targets!: string[];

  @Field(() => TlpEnum)
  tlp!: Tlp;

  @Field(() => PapEnum, { nullable: true })
  pap?: Pap | null;

  @Field(() => TellEnum, {
    nullable: true,
    description: 'Default: RESPONSIBLE_PARTIES; with `tlp` AMBER_STRICT or RED it is ASK_ME.',
  })
  tell?: Tell | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Let those who are told learn your name.' })
  attribution!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: 'The CERT that shall lead. Default: the one your operator set for you.',
  })
  coordinator?: string | null;

  @Field(() => Boolean, {
    defaultValue: true,
    description: 'False: more will follow by `addIndicators`; nothing leaves before `sealReport`.',
  })
  seal!: boolean;

  @Field(() => [IndicatorInput], { description: 'At most 10,000. Send more than about 1,000 to /graphql/bulk.' })
  indicators!: IndicatorInput[];
}

@InputType()
export class AddIndicatorsInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID)
  report!: string;

  @Field(() => [IndicatorInput], { description: 'At most 10,000.' })
  indicators!: IndicatorInput[];
}

@InputType()
export class SealReportInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID)
  report!: string;
}

@InputType()
export class WithdrawIndicatorsInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID)
  report!: string;

  @Field(() => [ID], { nullable: true, description: 'Which of its indicators, at most 10,000. All, when left out.' })
  indicators?: string[] | null;
}

@InputType()
export class AllowTellingInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID)
  report!: string;
}
