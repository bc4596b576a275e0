import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { CLAIM_ROLES, type ClaimRole } from './claim.ts';
import { claimStates, type ClaimState } from './claim.states.ts';

export const ClaimRoleEnum = Object.fromEntries(CLAIM_ROLES.map((role) => [role, role]));
export const ClaimStateEnum = Object.fromEntries(claimStates.all.map((state) => [state, state]));
registerEnumType(ClaimRoleEnum, { name: 'PartyRole', description: 'In which role a party can act on a resource.' });
registerEnumType(ClaimStateEnum, { name: 'ClaimState', description: 'Only a VERIFIED claim routes anything.' });

@ObjectType({ implements: Node, description: 'What a provider says is its own: what concerns it comes to its inbox.' })
@Entity('asset_claim')
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

  @Field(() => String, { description: 'DOMAIN_SUFFIX: the name and every name below it.' })
  @Column('text')
  kind!: string;

  @Field(() => ClaimRoleEnum)
  @Column('text')
  role!: ClaimRole;

  @Field(() => String)
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

  get nodeType(): string {
    return 'AssetClaim';
  }
}
