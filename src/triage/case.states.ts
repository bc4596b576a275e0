import { defineStates } from '../platform/states.ts';

export type CaseState =
  | 'NEW'
  | 'IN_TRIAGE'
  | 'NEEDS_INFORMATION'
  | 'CONFIRMED'
  | 'REFERRED'
  | 'MITIGATED'
  | 'RESOLVED'
  | 'REJECTED'
  | 'RETRACTED'
  | 'UNRESOLVED'
  | 'WITHDRAWN';
export type CaseVerb =
  | 'claim'
  | 'assess'
  | 'describe'
  | 'ask'
  | 'inform'
  | 'confirm'
  | 'reject'
  | 'forward'
  | 'mitigate'
  | 'resolve'
  | 'giveUp'
  | 'endWithoutParty'
  | 'correct'
  | 'retract'
  | 'transfer'
  | 'take'
  | 'withdraw';

const ENDS = {
  mitigate: 'MITIGATED',
  resolve: 'RESOLVED',
  giveUp: 'UNRESOLVED',
  withdraw: 'WITHDRAWN',
} as const;

/** Confirming and forwarding again takes in what joined since; what was confirmed can be taken back for good. */
export const caseStates = defineStates<CaseState, CaseVerb>({
  noun: 'a case',
  column: 'triage_case.state',
  starts: ['NEW'],
  verbs: {
    claim: 'its coordinator: somebody there works on it',
    assess: 'its coordinator',
    describe: 'its coordinator',
    ask: 'its coordinator, of those who reported it',
    inform: 'the hub, when one who was asked has answered',
    confirm: 'its coordinator, or a rule that it has set',
    reject: 'its coordinator',
    forward: 'its coordinator, or a rule that it has set',
    mitigate: 'its coordinator, on its word',
    resolve: 'its coordinator, on its word',
    giveUp: 'its coordinator',
    endWithoutParty: 'the hub, when its coordinator forwards it and confirms that nobody can act',
    correct: 'its coordinator, by taking back some of what was reported',
    retract: 'its coordinator, by taking back all that stands in it',
    transfer: 'its coordinator, to another one',
    take: 'the hub, for the coordinator to which it was transferred',
    withdraw: 'the hub, when no indicator in it stands any more',
  },
  states: {
    NEW: {
      takes: {
        claim: 'IN_TRIAGE',
        assess: 'NEW',
        describe: 'NEW',
        confirm: 'CONFIRMED',
        reject: 'REJECTED',
        transfer: 'NEW',
        take: 'NEW',
        ...ENDS,
      },
      otherwise: 'Its coordinator should decide within a working day (due).',
    },
    IN_TRIAGE: {
      takes: {
        claim: 'IN_TRIAGE',
        assess: 'IN_TRIAGE',
        describe: 'IN_TRIAGE',
        ask: 'NEEDS_INFORMATION',
        confirm: 'CONFIRMED',
        reject: 'REJECTED',
        transfer: 'IN_TRIAGE',
        take: 'NEW',
        ...ENDS,
      },
      otherwise: 'Its coordinator should decide within a working day (due).',
    },
    NEEDS_INFORMATION: {
      takes: {
        claim: 'IN_TRIAGE',
        assess: 'NEEDS_INFORMATION',
        describe: 'NEEDS_INFORMATION',
        inform: 'IN_TRIAGE',
        reject: 'REJECTED',
        transfer: 'NEEDS_INFORMATION',
        take: 'NEW',
        ...ENDS,
      },
      otherwise: 'A reporter answers, or its coordinator claims it again.',
    },
    CONFIRMED: {
      takes: {
        assess: 'CONFIRMED',
        describe: 'CONFIRMED',
        confirm: 'CONFIRMED',
        forward: 'REFERRED',
        correct: 'CONFIRMED',
        retract: 'RETRACTED',
        transfer: 'CONFIRMED',
        take: 'CONFIRMED',
        endWithoutParty: 'UNRESOLVED',
        ...ENDS,
      },
      otherwise: 'Its coordinator forwards it.',
    },
    REFERRED: {
      takes: {
        assess: 'REFERRED',
        describe: 'REFERRED',
        confirm: 'REFERRED',
        forward: 'REFERRED',
        correct: 'REFERRED',
        retract: 'RETRACTED',
        transfer: 'REFERRED',
        take: 'REFERRED',
        endWithoutParty: 'UNRESOLVED',
        ...ENDS,
      },
      otherwise: 'Its referrals are answered.',
    },
    MITIGATED: {
      takes: {
        describe: 'MITIGATED',
        confirm: 'MITIGATED',
        forward: 'REFERRED',
        correct: 'MITIGATED',
        retract: 'RETRACTED',
        transfer: 'MITIGATED',
        take: 'MITIGATED',
        endWithoutParty: 'UNRESOLVED',
        ...ENDS,
      },
      otherwise: 'Its coordinator resolves it once it stays down, or forwards it again.',
    },
    // What ended can still turn out to have been wrong, and whoever was told must hear that.
    RESOLVED: { takes: { correct: 'RESOLVED', retract: 'RETRACTED' }, otherwise: null },
    UNRESOLVED: { takes: { correct: 'UNRESOLVED', retract: 'RETRACTED' }, otherwise: null },
    REJECTED: { takes: {}, otherwise: null },
    RETRACTED: { takes: {}, otherwise: null },
    WITHDRAWN: { takes: {}, otherwise: null },
  },
});

/** As a list in SQL: the states of a case that has ended. The index of open cases says the same, in the same order. */
export const CLOSED_CASES = "('RESOLVED', 'REJECTED', 'RETRACTED', 'UNRESOLVED', 'WITHDRAWN')";
