import { defineStates } from '../platform/states.ts';

export type RuleState = 'ACTIVE' | 'SWITCHED_OFF' | 'REPLACED';
export type RuleVerb = 'switchOff' | 'replace';

export const ruleStates = defineStates<RuleState, RuleVerb>({
  noun: 'a rule',
  column: 'triage_rule.state',
  starts: ['ACTIVE', 'SWITCHED_OFF'],
  verbs: {
    switchOff: 'the hub, when too much of what it decided was taken back',
    replace: 'its coordinator, by setting the rules anew',
  },
  states: {
    ACTIVE: { takes: { switchOff: 'SWITCHED_OFF', replace: 'REPLACED' }, otherwise: null },
    SWITCHED_OFF: { takes: { replace: 'REPLACED' }, otherwise: null },
    REPLACED: { takes: {}, otherwise: null },
  },
});
