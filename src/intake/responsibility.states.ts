import { defineStates } from '../platform/states.ts';

export enum ResponsibilityState {
  NOT_TOLD = 'NOT_TOLD',
  STAYED = 'STAYED',
  TOLD = 'TOLD',
  ACKNOWLEDGED = 'ACKNOWLEDGED',
  ACTED_ON_WORD = 'ACTED_ON_WORD',
  DOWN = 'DOWN',
  NO_PARTY = 'NO_PARTY',
  NOT_APPLICABLE = 'NOT_APPLICABLE',
}
export type ResponsibilityVerb = 'resolve' | 'tell' | 'acknowledge' | 'act' | 'giveUp' | 'drop' | 'reopen';

const { NOT_TOLD, TOLD, ACKNOWLEDGED, ACTED_ON_WORD, NO_PARTY, NOT_APPLICABLE } = ResponsibilityState;

/** Who was told of a resource of a report, in one role: it only goes forward, until the resource is reported anew. */
export const responsibilityStates = defineStates<ResponsibilityState, ResponsibilityVerb>({
  noun: 'a responsibility',
  column: 'responsibility.state',
  starts: [NOT_TOLD],
  verbs: {
    resolve: 'the hub, when it learns who can act, or refers to it',
    tell: "the hub, when the party's desk has acknowledged its feed past the request",
    acknowledge: 'the party, also by declining; the reason then says so',
    act: 'the party',
    giveUp: 'the coordinator, by confirming that nobody can act',
    drop: 'the hub, when nothing of the report stands on the resource any more, or its case was given up; or when the parties are asked and this one is spared (NOT_ASKED)',
    reopen:
      'the reporter, by reporting the resource again in the same report; the coordinator, by asking whom it had spared',
  },
  states: {
    NOT_TOLD: {
      takes: {
        resolve: NOT_TOLD,
        tell: TOLD,
        acknowledge: ACKNOWLEDGED,
        act: ACTED_ON_WORD,
        giveUp: NO_PARTY,
        drop: NOT_APPLICABLE,
      },
      otherwise: 'The reason says for what it waits.',
    },
    STAYED: { takes: {}, otherwise: null },
    TOLD: { takes: { acknowledge: ACKNOWLEDGED, act: ACTED_ON_WORD, drop: NOT_APPLICABLE }, otherwise: null },
    ACKNOWLEDGED: {
      takes: { acknowledge: ACKNOWLEDGED, act: ACTED_ON_WORD, drop: NOT_APPLICABLE },
      otherwise: null,
    },
    ACTED_ON_WORD: { takes: { act: ACTED_ON_WORD, drop: NOT_APPLICABLE }, otherwise: null },
    DOWN: { takes: {}, otherwise: null },
    NO_PARTY: { takes: { drop: NOT_APPLICABLE, reopen: NOT_TOLD }, otherwise: null },
    NOT_APPLICABLE: { takes: { drop: NOT_APPLICABLE, reopen: NOT_TOLD }, otherwise: null },
  },
});
