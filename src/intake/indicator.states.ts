import { defineStates } from '../platform/states.ts';

export type IndicatorOutcome =
  | 'HELD'
  | 'RECEIVED'
  | 'CONTEXT'
  | 'IN_TRIAGE'
  | 'CONFIRMED'
  | 'REFERRED'
  | 'ACTED'
  | 'MITIGATED'
  | 'RESOLVED'
  | 'REJECTED'
  | 'WITHDRAWN'
  | 'RETRACTED'
  | 'ENDED';
export type IndicatorVerb =
  'seal' | 'admit' | 'confirm' | 'refer' | 'act' | 'mitigate' | 'resolve' | 'reject' | 'withdraw' | 'retract' | 'end';

const ENDS = {
  mitigate: 'MITIGATED',
  resolve: 'RESOLVED',
  withdraw: 'WITHDRAWN',
  retract: 'RETRACTED',
  end: 'ENDED',
} as const;

/**
 * What becomes of an indicator follows its coordinator's case, save for what its reporter says of it. Referring and
 * retracting take in what is still IN_TRIAGE: the confirmation may be on its way in the other lane.
 */
export const indicatorStates = defineStates<IndicatorOutcome, IndicatorVerb>({
  noun: 'an indicator',
  column: 'indicator.outcome',
  starts: ['HELD', 'RECEIVED', 'CONTEXT'],
  verbs: {
    seal: 'its reporter, by sealing the report',
    admit: 'the hub, when it has found or opened the case',
    confirm: 'the coordinator of its case',
    refer: 'the hub, when its case is forwarded and its source consents',
    act: 'the hub, when a party that was asked says that it has acted',
    mitigate: 'the coordinator of its case: it is down',
    resolve: 'the coordinator of its case: it is down for good',
    reject: 'the coordinator of its case: it was never acted on',
    withdraw: 'its reporter',
    retract: 'the coordinator of its case',
    end: 'the hub, when its case ends otherwise',
  },
  states: {
    HELD: {
      takes: { seal: 'RECEIVED', withdraw: 'WITHDRAWN' },
      otherwise: 'It waits for its report to be sealed.',
    },
    RECEIVED: {
      takes: { admit: 'IN_TRIAGE', withdraw: 'WITHDRAWN' },
      otherwise: 'The hub gives it a case within moments.',
    },
    // Nobody could act on it; it is kept and fed out.
    CONTEXT: { takes: { withdraw: 'WITHDRAWN' }, otherwise: null },
    IN_TRIAGE: {
      takes: { confirm: 'CONFIRMED', refer: 'REFERRED', reject: 'REJECTED', ...ENDS },
      otherwise: 'The coordinator decides on its case.',
    },
    CONFIRMED: {
      takes: { refer: 'REFERRED', ...ENDS },
      otherwise: 'The coordinator forwards its case.',
    },
    REFERRED: {
      takes: { act: 'ACTED', ...ENDS },
      otherwise: 'The parties answer.',
    },
    ACTED: { takes: ENDS, otherwise: null },
    MITIGATED: {
      takes: { refer: 'REFERRED', ...ENDS },
      otherwise: 'The coordinator resolves its case, or forwards it again.',
    },
    RESOLVED: { takes: { retract: 'RETRACTED' }, otherwise: null },
    REJECTED: { takes: {}, otherwise: null },
    WITHDRAWN: { takes: {}, otherwise: null },
    RETRACTED: { takes: {}, otherwise: null },
    ENDED: { takes: { retract: 'RETRACTED' }, otherwise: null },
  },
});

/** As a list in SQL: the outcomes of an indicator that stands no more, for whatever reason. */
export const FALLEN = "('RESOLVED', 'REJECTED', 'WITHDRAWN', 'RETRACTED', 'ENDED')";

/** As a list in SQL: those of them that say it was wrong. Of what ended otherwise that can still be said. */
export const TAKEN_BACK = "('REJECTED', 'WITHDRAWN', 'RETRACTED')";
