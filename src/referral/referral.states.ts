import { defineStates } from '../platform/states.ts';
import { itemStates, type ItemState, type ItemVerb } from './inbox-item.states.ts';

/**
 * A coordinator's request lives the life of the item that it lies under, as far as its own coordinator has a part in
 * it: the flow passes each word of the desk on, and what was answered once is not asked anew because of somebody else.
 */
export const referralStates = defineStates<ItemState, ItemVerb>({
  ...itemStates,
  noun: 'a referral',
  column: 'referral.state',
  verbs: {
    ...itemStates.verbs,
    answerQuestion: 'its coordinator',
    reopen: 'the hub, when its coordinator adds to it',
    retract: 'the hub, when its coordinator took the case back',
    close: 'the hub, when its case has ended',
  },
});
