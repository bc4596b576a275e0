import { defineStates } from '../platform/states.ts';

export type MemberState = 'ACTIVE' | 'SUSPENDED' | 'REMOVED';
export type MemberVerb = 'suspend' | 'reinstate' | 'remove';

export const memberStates = defineStates<MemberState, MemberVerb>({
  noun: 'a member',
  column: 'member.state',
  starts: ['ACTIVE'],
  verbs: {
    suspend: 'who manages the organisation',
    reinstate: 'who manages the organisation',
    remove: 'who manages the organisation',
  },
  states: {
    ACTIVE: { takes: { suspend: 'SUSPENDED', remove: 'REMOVED' }, otherwise: null },
    SUSPENDED: { takes: { reinstate: 'ACTIVE', remove: 'REMOVED' }, otherwise: null },
    REMOVED: { takes: {}, otherwise: null },
  },
});
