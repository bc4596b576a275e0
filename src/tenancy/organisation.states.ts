import { defineStates } from '../platform/states.ts';

export type OrganisationState = 'UNCLAIMED' | 'ACTIVE' | 'SUSPENDED';
export type OrganisationVerb = 'suspend' | 'reinstate';

export const organisationStates = defineStates<OrganisationState, OrganisationVerb>({
  noun: 'an organisation',
  column: 'organisation.state',
  starts: ['ACTIVE'],
  verbs: { suspend: 'the operator that registered it', reinstate: 'the operator that registered it' },
  states: {
    UNCLAIMED: { takes: {}, otherwise: null },
    ACTIVE: { takes: { suspend: 'SUSPENDED' }, otherwise: null },
    SUSPENDED: { takes: { reinstate: 'ACTIVE' }, otherwise: null },
  },
});
