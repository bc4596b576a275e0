import { defineStates } from '../platform/states.ts';

export type QuestionState = 'ASKED' | 'ANSWERED' | 'LAPSED';
export type QuestionVerb = 'answer' | 'lapse';

export const questionStates = defineStates<QuestionState, QuestionVerb>({
  noun: 'a question',
  column: 'question.state',
  starts: ['ASKED'],
  verbs: {
    answer: 'the reporter who was asked',
    lapse: 'the hub, when the case ends, or goes to another coordinator, before it is answered',
  },
  states: {
    ASKED: { takes: { answer: 'ANSWERED', lapse: 'LAPSED' }, otherwise: 'It lapses when its case ends.' },
    ANSWERED: { takes: {}, otherwise: null },
    LAPSED: { takes: {}, otherwise: null },
  },
});
