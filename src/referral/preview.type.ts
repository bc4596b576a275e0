import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

import { ResourceKind } from '../observable/observable.ts';
import { UserError } from '../platform/api/payload.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ClaimKindEnum, ClaimRoleEnum } from '../routing/claim.entity.ts';
import type { ClaimKind, ClaimRole } from '../routing/claim.ts';
import type { ContactMark, PartySource } from '../routing/party-word.ts';
import { ContactMarkEnum, PartySourceEnum } from '../routing/party.type.ts';
import { RequestedActionEnum } from './inbox-item.entity.ts';
import { LegalBasisEnum } from './referral.entity.ts';
import type { LegalBasis, RequestedAction } from './request.ts';

const REASONS = [
  'NO_CLAIM',
  'NO_CLAIM_KIND',
  'ROLE_NOT_ASKED',
  'NEXT_STEP',
  'NEEDS_CONSENT',
  'TLP',
  'PAP',
  'CONTEXT',
  'SUSPENDED',
  'REMOVED',
  'CASE_STATE',
] as const;
export type PreviewReason = (typeof REASONS)[number];
const PreviewReasonEnum = Object.fromEntries(REASONS.map((reason) => [reason, reason]));
registerEnumType(PreviewReasonEnum, {
  name: 'PreviewReason',
  description:
    'NO_CLAIM: nobody is known in this role. NO_CLAIM_KIND: nobody can claim such a thing. ROLE_NOT_ASKED: the assessment ' +
    'spares it. NEXT_STEP: asked where nobody before it is known, or by `alsoAsk`. NEEDS_CONSENT, TLP, PAP: its source ' +
    'does not let parties be told, or allows only what its subject cannot notice. CONTEXT: nobody can switch it off. ' +
    'SUSPENDED: who holds it is suspended on this hub. REMOVED: you said by `correctParty` that nobody acts in this role. ' +
    'CASE_STATE: the case is in a state that is not forwarded, or on its way to another coordinator.',
});

@ObjectType({ description: 'Somebody who would be asked.' })
export class PreviewedParty {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => String)
  party!: string;

  @Field(() => PartySourceEnum)
  givenBy!: PartySource;

  @Field(() => ClaimKindEnum, {
    nullable: true,
    description: 'By what kind of claim it is known. Null, as `claim`, where it was named by its organisation.',
  })
  claimKind!: ClaimKind | null;

  @Field(() => String, { nullable: true })
  claim!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when the claim is verified, or you named it; null on a forward.',
  })
  since!: Date | null;

  @Field(() => Boolean, { description: 'Nobody has joined for it yet.' })
  unclaimed!: boolean;

  @Field(() => Int, { description: 'How many observables it would get.' })
  observables!: number;

  @Field(() => RequestedActionEnum, { nullable: true, description: 'What would be asked of it; on a forward.' })
  requestedAction!: RequestedAction | null;

  @Field(() => LegalBasisEnum, { nullable: true })
  legalBasis!: LegalBasis | null;

  @Field(() => String, { nullable: true, description: 'How you reach it, as you noted by `setContact`; on a forward.' })
  contact!: string | null;

  @Field(() => ContactMarkEnum, { nullable: true })
  contactMark!: ContactMark | null;
}

@ObjectType({ description: 'Why somebody would not be asked, or something not be told.' })
export class PreviewedAbsence {
  @Field(() => PreviewReasonEnum)
  reason!: PreviewReason;

  @Field(() => ClaimRoleEnum, { nullable: true })
  role!: ClaimRole | null;

  @Field(() => Int, { nullable: true, description: 'How many observables are withheld for it.' })
  observables!: number | null;
}

@ObjectType()
export class PreviewedResource {
  @Field(() => ResourceKind, { nullable: true })
  resourceKind!: ResourceKind | null;

  @Field(() => String)
  resource!: string;

  @Field(() => [PreviewedParty])
  parties!: PreviewedParty[];

  @Field(() => [PreviewedAbsence])
  absent!: PreviewedAbsence[];
}

@ObjectType({
  description: 'Who would be told what, as of now. Nothing is changed by looking, and nobody hears of it.',
})
export class Preview {
  @Field(() => [PreviewedResource], { description: 'At most 1,000.' })
  resources!: PreviewedResource[];

  @Field(() => [UserError])
  errors!: UserError[];
}
