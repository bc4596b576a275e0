import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ASSESSMENTS, RETRACT_REASONS, type Assessment } from './case.ts';
import type { CaseState } from './case.states.ts';

export const AssessmentEnum = Object.fromEntries(ASSESSMENTS.map((assessment) => [assessment, assessment]));
export const RetractReasonEnum = Object.fromEntries(RETRACT_REASONS.map((reason) => [reason, reason]));
registerEnumType(AssessmentEnum, {
  name: 'Assessment',
  description: 'How the resource came to serve abuse. It decides what is asked of whom.',
});
registerEnumType(RetractReasonEnum, {
  name: 'RetractReason',
  description: 'Why what was confirmed is taken back: everybody who was asked because of it hears a correction.',
});

@ObjectType('Case', {
  implements: Node,
  description: 'What one CERT decides about one resource; all observables on it are its indicators.',
})
@Entity('triage_case')
@ReadBy(['coordinator_id'], { shared: { by: 'id' } })
export class Case extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'coordinator_id' })
  coordinatorId!: string;

  @Field(() => String)
  @Column('text', { name: 'coordinator_name' })
  coordinator!: string;

  @Field(() => ResourceKind)
  @Column('text', { name: 'resource_kind' })
  resourceKind!: ResourceKind;

  @Field(() => String, { name: 'resource' })
  @Column('text')
  value!: string;

  @Field(() => String, { description: 'As in `CaseState`.' })
  @Column('text')
  state!: CaseState;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is in this state, where that needs a reason, e.g. NO_PARTY or ON_WORD.',
  })
  @Column('text', { nullable: true })
  basis!: string | null;

  @Field(() => AssessmentEnum)
  @Column('text')
  assessment!: Assessment;

  @Field(() => String, { nullable: true, description: "The coordinator's own ticket." })
  @Column('text', { nullable: true })
  reference!: string | null;

  @Field(() => String, { nullable: true, description: 'The rule of the coordinator by which it was decided.' })
  @Column('text', { nullable: true })
  rule!: string | null;

  @Column('uuid', { name: 'leaving_to', nullable: true })
  leavingTo!: string | null;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'opened_at' })
  openedAt!: Date;

  @Field(() => DateTime, { description: 'By when it should be decided.' })
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  @Field(() => Int, { description: 'Grows with every change. Send it as `expectedVersion`.' })
  @Column('int')
  version!: number;

  get nodeType(): string {
    return 'Case';
  }
}
