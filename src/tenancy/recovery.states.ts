import { defineStates } from '../platform/states.ts';

export type RecoveryState = 'BEGUN' | 'CONFIRMED' | 'ISSUED' | 'REFUSED' | 'EXPIRED';
export type RecoveryVerb = 'confirm' | 'issue' | 'refuse' | 'expire';

export const recoveryStates = defineStates<RecoveryState, RecoveryVerb>({
  noun: 'a recovery',
  column: 'recovery.state',
  starts: ['BEGUN'],
  verbs: {
    confirm: 'the second operator, or a second person of the one that began it',
    issue: 'the operator that began it, 24 hours after it was confirmed',
    refuse: 'the organisation itself, or either operator',
    expire: 'the hub, seven days after it was begun',
  },
  states: {
    BEGUN: {
      takes: { confirm: 'CONFIRMED', refuse: 'REFUSED', expire: 'EXPIRED' },
      otherwise: 'It expires seven days after it was begun.',
    },
    CONFIRMED: {
      takes: { issue: 'ISSUED', refuse: 'REFUSED', expire: 'EXPIRED' },
      otherwise: 'It expires seven days after it was begun.',
    },
    ISSUED: { takes: {}, otherwise: null },
    REFUSED: { takes: {}, otherwise: null },
    EXPIRED: { takes: {}, otherwise: null },
  },
});
