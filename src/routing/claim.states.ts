import { defineStates } from '../platform/states.ts';

export type ClaimState = 'PENDING' | 'VERIFIED' | 'REFUSED' | 'RELEASED';
export type ClaimVerb = 'verify' | 'refuse';

export const claimStates = defineStates<ClaimState, ClaimVerb>({
  noun: 'a claim',
  column: 'asset_claim.state',
  starts: ['PENDING'],
  verbs: {
    verify: 'the operator that registered the organisation',
    refuse: 'the operator that registered the organisation',
  },
  states: {
    PENDING: { takes: { verify: 'VERIFIED', refuse: 'REFUSED' }, otherwise: 'The operator decides on it.' },
    VERIFIED: { takes: {}, otherwise: null },
    REFUSED: { takes: {}, otherwise: null },
    RELEASED: { takes: {}, otherwise: null },
  },
});
