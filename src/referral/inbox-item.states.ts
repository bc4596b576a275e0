import { defineStates } from '../platform/states.ts';

export type ItemState = 'SENT' | 'DELIVERED' | 'ACKNOWLEDGED' | 'ACTIONED' | 'DECLINED' | 'CLOSED';
export type ItemVerb = 'deliver' | 'acknowledge' | 'act' | 'decline' | 'close';

export const itemStates = defineStates<ItemState, ItemVerb>({
  noun: 'an item',
  column: 'inbox_item.state',
  starts: ['SENT'],
  verbs: {
    deliver: 'the hub, when the desk has acknowledged its feed past it',
    acknowledge: 'the provider',
    act: 'the provider',
    decline: 'the provider',
    close: 'the hub, when nothing is asked under it any more',
  },
  states: {
    SENT: {
      takes: {
        deliver: 'DELIVERED',
        acknowledge: 'ACKNOWLEDGED',
        act: 'ACTIONED',
        decline: 'DECLINED',
        close: 'CLOSED',
      },
      otherwise: 'It waits to be read.',
    },
    DELIVERED: {
      takes: { acknowledge: 'ACKNOWLEDGED', act: 'ACTIONED', decline: 'DECLINED', close: 'CLOSED' },
      otherwise: 'It waits for a word.',
    },
    ACKNOWLEDGED: {
      takes: { acknowledge: 'ACKNOWLEDGED', act: 'ACTIONED', decline: 'DECLINED', close: 'CLOSED' },
      otherwise: 'It waits for an answer.',
    },
    // A desk may still find out that it can act after all.
    DECLINED: { takes: { act: 'ACTIONED', close: 'CLOSED' }, otherwise: null },
    ACTIONED: { takes: { act: 'ACTIONED', close: 'CLOSED' }, otherwise: null },
    CLOSED: { takes: {}, otherwise: null },
  },
});
