import { defineStates } from '../platform/states.ts';

export type ReportState = 'RECEIVING' | 'SEALED' | 'PUBLISHED' | 'WITHDRAWN';
export type ReportVerb = 'add' | 'seal' | 'withdraw' | 'allowTelling';

export const reportStates = defineStates<ReportState, ReportVerb>({
  noun: 'a report',
  column: 'report.state',
  starts: ['RECEIVING', 'SEALED'],
  verbs: {
    add: 'its owner',
    seal: 'its owner',
    withdraw: 'its owner, by withdrawing every indicator of it',
    allowTelling: 'its owner',
  },
  states: {
    RECEIVING: {
      takes: { add: 'RECEIVING', seal: 'SEALED', withdraw: 'WITHDRAWN', allowTelling: 'RECEIVING' },
      otherwise: 'Nothing leaves before it is sealed; its owner may seal it at any time.',
    },
    SEALED: { takes: { add: 'SEALED', withdraw: 'WITHDRAWN', allowTelling: 'SEALED' }, otherwise: null },
    PUBLISHED: { takes: { withdraw: 'WITHDRAWN' }, otherwise: null },
    WITHDRAWN: { takes: {}, otherwise: null },
  },
});
