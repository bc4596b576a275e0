import { defineStates } from '../platform/states.ts';

export type CaseState = 'NEW' | 'CONFIRMED' | 'REFERRED' | 'UNRESOLVED' | 'WITHDRAWN';
export type CaseVerb = 'confirm' | 'forward' | 'endWithoutParty' | 'withdraw';

/** Confirming and forwarding again takes in what joined since. Nothing here is an end that cannot be told apart. */
export const caseStates = defineStates<CaseState, CaseVerb>({
  noun: 'a case',
  column: 'triage_case.state',
  starts: ['NEW'],
  verbs: {
    confirm: 'its coordinator',
    forward: 'its coordinator',
    endWithoutParty: 'the hub, when its coordinator forwards it and confirms that nobody can act',
    withdraw: 'the hub, when no indicator in it stands any more',
  },
  states: {
    NEW: {
      takes: { confirm: 'CONFIRMED', withdraw: 'WITHDRAWN' },
      otherwise: 'Its coordinator should decide within a working day (due).',
    },
    CONFIRMED: {
      takes: { confirm: 'CONFIRMED', forward: 'REFERRED', withdraw: 'WITHDRAWN', endWithoutParty: 'UNRESOLVED' },
      otherwise: 'Its coordinator forwards it.',
    },
    REFERRED: {
      takes: { confirm: 'REFERRED', forward: 'REFERRED', withdraw: 'WITHDRAWN', endWithoutParty: 'UNRESOLVED' },
      otherwise: 'Its referrals are answered.',
    },
    UNRESOLVED: { takes: {}, otherwise: null },
    WITHDRAWN: { takes: {}, otherwise: null },
  },
});
