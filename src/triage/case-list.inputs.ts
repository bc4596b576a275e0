import { Field, ID, InputType, registerEnumType } from 'type-graphql';

import { AbuseCategoryEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import { caseStates, type CaseState } from './case.states.ts';

const CaseStateEnum = Object.fromEntries(caseStates.all.map((state) => [state, state]));
registerEnumType(CaseStateEnum, {
  name: 'CaseState',
  description: 'See docs/states.md for what leads from one to another.',
});

@InputType({ description: 'All that is given must hold.' })
export class CaseFilter {
  @Field(() => CaseStateEnum, { nullable: true })
  state?: CaseState | null;

  @Field(() => [CaseStateEnum], { nullable: true, description: 'In one of these states.' })
  states?: CaseState[] | null;

  @Field(() => ID, { nullable: true, description: 'With an indicator of this report.' })
  report?: string | null;

  @Field(() => AbuseCategoryEnum, { nullable: true, description: 'With an indicator of this category.' })
  category?: AbuseCategory | null;

  @Field(() => ID, { nullable: true, description: 'Claimed by this client, or by this member with any client.' })
  assignee?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: claimed by nobody. False: claimed by somebody.' })
  unassigned?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: the cases of other CERTs that were shared with you, instead of your own.',
  })
  shared?: boolean | null;
}
