import { defineStates } from '../platform/states.ts';

export type OrganisationState = 'UNCLAIMED' | 'ACTIVE' | 'SUSPENDED';
export type OrganisationVerb = 'join' | 'suspend' | 'reinstate';

export const organisationStates = defineStates<OrganisationState, OrganisationVerb>({
  noun: 'an organisation',
  column: 'organisation.state',
  starts: ['ACTIVE', 'UNCLAIMED'],
  verbs: {
    join: 'its operator, for whom it stands for',
    suspend: 'the operator that registered it',
    reinstate: 'the operator that registered it',
  },
  states: {
    UNCLAIMED: { takes: { join: 'ACTIVE' }, otherwise: null },
    ACTIVE: { takes: { suspend: 'SUSPENDED' }, otherwise: null },
    SUSPENDED: { takes: { reinstate: 'ACTIVE' }, otherwise: null },
  },
});
