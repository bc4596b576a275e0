import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { claimStates, type ClaimState } from './claim.states.ts';
import { CLAIM_DECISIONS, CLAIM_KINDS, CLAIM_ROLES, type ClaimKind, type ClaimRole } from './claim.ts';

export const ClaimRoleEnum = Object.fromEntries(CLAIM_ROLES.map((role) => [role, role]));
export const ClaimStateEnum = Object.fromEntries(claimStates.all.map((state) => [state, state]));
registerEnumType(ClaimRoleEnum, { name: 'PartyRole', description: 'In which role a party can act on a resource.' });
registerEnumType(ClaimStateEnum, {
  name: 'ClaimState',
  description: 'Only a claim that is VERIFIED or EXPIRING routes anything. See docs/states.md.',
});
export const ClaimKindEnum = Object.fromEntries(CLAIM_KINDS.map((kind) => [kind, kind]));
registerEnumType(ClaimKindEnum, {
  name: 'ClaimKind',
  description:
    'What is claimed. IANA_REGISTRAR_ID: a number of the registry of IANA. REGISTRAR_HANDLE: what one registry calls ' +
    'a registrar. TLD: a top-level domain. DOMAIN_SUFFIX: a name and every name below it. NAME_SERVER_SUFFIX: what is ' +
    'served by name servers of that name or below it. MAIL_DOMAIN: mailboxes there, and what is received by mail ' +
    'exchangers below it. ASN: an autonomous system. IP_PREFIX: a network, at least /8 (IPv4) or /16 (IPv6). ' +
    'CONTACT_FOR: being the contact for a name or a network that is held by somebody else, who must consent. ' +
    'CONTACT_DOMAIN: being reached by abuse contacts at that domain.',
});
export const ClaimDecisionEnum = Object.fromEntries(CLAIM_DECISIONS.map((decision) => [decision, decision]));
registerEnumType(ClaimDecisionEnum, {
  name: 'ClaimDecision',
  description:
    'VERIFY: it routes from now on; where somebody else holds the very asset in the same role it is DISPUTED instead. ' +
    'REFUSE: it was never right. RENEW: proven anew. REVOKE: it routes no longer. DISPUTE: it does not route until it ' +
    'is settled. UPHOLD: the dispute is settled for it, and a rival claim is revoked; REVOKE settles it against it.',
});

@ObjectType({ implements: Node, description: 'What a provider says is its own: what concerns it comes to its inbox.' })
@Entity('asset_claim')
@ReadBy(['organisation_id', 'operator_id', 'consenter_id'])
export class AssetClaim extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @Field(() => String)
  @Column('text', { name: 'organisation_name' })
  organisation!: string;

  @Column('uuid', { name: 'operator_id' })
  operatorId!: string;

  @Field(() => ClaimKindEnum)
  @Column('text')
  kind!: ClaimKind;

  @Field(() => ClaimRoleEnum)
  @Column('text')
  role!: ClaimRole;

  @Field(() => String, { description: 'In normal form, e.g. `64500`, `192.0.2.0/24`, `fr/SOMEBODY-SAS`.' })
  @Column('text')
  value!: string;

  @Field(() => ClaimStateEnum)
  @Column('text')
  state!: ClaimState;

  @Field(() => Int)
  @Column('int')
  version!: number;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'EXPIRING 30 days before, EXPIRED from then on, unless renewed.',
  })
  @Column('timestamptz', { name: 'valid_until', nullable: true })
  validUntil!: Date | null;

  get nodeType(): string {
    return 'AssetClaim';
  }
}
