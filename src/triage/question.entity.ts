import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { questionStates, type QuestionState } from './question.states.ts';

const QuestionStateEnum = Object.fromEntries(questionStates.all.map((state) => [state, state]));
registerEnumType(QuestionStateEnum, {
  name: 'QuestionState',
  description: 'ASKED: it waits for the reporter. LAPSED: nobody needs the answer any more.',
});

@ObjectType('Question', {
  implements: Node,
  description: 'What a coordinator asks a reporter about a resource of its report. Both read it, and nobody else.',
})
@Entity('question')
@ReadBy(['reporter_id', 'coordinator_id'])
export class Question extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  caseId!: string;

  @Column('uuid', { name: 'report_id' })
  reportId!: string;

  @Column('uuid', { name: 'reporter_id' })
  reporterId!: string;

  @Field(() => String, { description: 'Who asks.' })
  @Column('text', { name: 'coordinator_name' })
  coordinator!: string;

  @Field(() => ResourceKind)
  @Column('text', { name: 'resource_kind' })
  resourceKind!: ResourceKind;

  @Field(() => String)
  @Column('text', { name: 'resource_value' })
  resource!: string;

  @Field(() => String)
  @Column('text')
  question!: string;

  @Field(() => QuestionStateEnum)
  @Column('text')
  state!: QuestionState;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  answer!: string | null;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'asked_at' })
  askedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'answered_at', nullable: true })
  answeredAt!: Date | null;

  @Field(() => Int)
  @Column('int')
  version!: number;

  get nodeType(): string {
    return 'Question';
  }
}
