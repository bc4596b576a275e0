import { defineStates } from '../platform/states.ts';

export type ApprovalState = 'PENDING' | 'APPROVED' | 'DECLINED';
export type ApprovalVerb = 'approve' | 'decline';

export const approvalStates = defineStates<ApprovalState, ApprovalVerb>({
  noun: 'an act that waits for a second pair of eyes',
  column: 'approval.state',
  starts: ['PENDING'],
  verbs: {
    approve: 'another person of the organisation who may do the act herself',
    decline: 'whoever of the organisation may do the act, also who asked',
  },
  states: {
    PENDING: {
      takes: { approve: 'APPROVED', decline: 'DECLINED' },
      otherwise: 'after 24 hours it takes neither, and is asked for anew',
    },
    APPROVED: { takes: {}, otherwise: null },
    DECLINED: { takes: {}, otherwise: null },
  },
});
