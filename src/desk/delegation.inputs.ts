import { Field, ID, InputType, registerEnumType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { OnItemsInput } from './answer.inputs.ts';

export enum DelegateShownAs {
  A_RESELLER = 'A_RESELLER',
  NAMED = 'NAMED',
}
registerEnumType(DelegateShownAs, {
  name: 'DelegateShownAs',
  description: 'What coordinators read of a delegate: "a reseller", or its name.',
});

@InputType()
export class DelegateItemsInput extends OnItemsInput {
  @Field(() => ID, {
    description:
      'The id of an organisation of this hub that is an active provider, as it gave it to you. Everything else is NOT_FOUND.',
  })
  delegate!: string;

  @Field(() => String, { nullable: true, description: 'For the delegate alone; at most 2,000 characters.' })
  note?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "By when the delegate is asked to act; not after an item's own `dueAt`, which is the default.",
  })
  dueAt?: Date | null;

  @Field(() => DelegateShownAs, { defaultValue: DelegateShownAs.A_RESELLER })
  shownAs!: DelegateShownAs;
}

@InputType()
export class RevokeDelegationInput extends OnItemsInput {}
