import { Field, ObjectType, createUnionType, registerEnumType } from 'type-graphql';

import { ITEM_REFUSALS, type ItemRefusalCode } from './indicator.ts';

const RefusalCodeEnum = Object.fromEntries(ITEM_REFUSALS.map((code) => [code, code]));
registerEnumType(RefusalCodeEnum, {
  name: 'IndicatorRefusalCode',
  description: 'Why an item was not accepted. New codes may be added: treat unknown ones as final.',
});

@ObjectType({ description: 'A new indicator.' })
export class IndicatorAccepted {
  /** Of the row; `indicator` is read where it is asked for: indicator-result.resolver.ts. */
  constructor(readonly indicatorId: string) {}
}

@ObjectType({ description: 'You reported it before; nothing was added. Never means that somebody else did.' })
export class IndicatorJoined {
  /** Of the row; `indicator` is read where it is asked for: indicator-result.resolver.ts. */
  constructor(readonly indicatorId: string) {}
}

@ObjectType({ description: 'Not accepted. The other items are not affected.' })
export class IndicatorRefused {
  constructor(code: ItemRefusalCode, hint: string) {
    this.code = code;
    this.hint = hint;
    this.retryable = code === 'LISTS_CHANGED';
  }

  @Field(() => RefusalCodeEnum)
  code: ItemRefusalCode;

  @Field(() => Boolean, {
    description: 'Whether the same item may be accepted when it is sent again, under another key.',
  })
  retryable: boolean;

  @Field(() => String, { description: 'What to send instead. For a person.' })
  hint: string;
}

export const IndicatorResult = createUnionType({
  name: 'IndicatorResult',
  description: 'The answer to one item; answers stand in the order of the items.',
  types: () => [IndicatorAccepted, IndicatorJoined, IndicatorRefused] as const,
});
export type IndicatorResultType = IndicatorAccepted | IndicatorJoined | IndicatorRefused;
