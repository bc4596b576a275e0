import { defineStates } from '../platform/states.ts';

export type ClaimState =
  'PENDING' | 'VERIFIED' | 'EXPIRING' | 'EXPIRED' | 'DISPUTED' | 'REFUSED' | 'REVOKED' | 'RELEASED';
export type ClaimVerb = 'verify' | 'refuse' | 'dispute' | 'uphold' | 'renew' | 'revoke' | 'warn' | 'expire' | 'release';

const DECIDES = "the operator that registered the organisation; of a contact also the asset's holder";
const OPERATOR = 'the operator that registered the organisation';
const CLOCK = 'the hub, by the clock';

/** VERIFIED and EXPIRING route; nothing else does. */
export const claimStates = defineStates<ClaimState, ClaimVerb>({
  noun: 'a claim',
  column: 'asset_claim.state',
  starts: ['PENDING'],
  verbs: {
    verify: DECIDES,
    refuse: DECIDES,
    dispute: `${OPERATOR}; the hub, when what is verified is another one's verified asset`,
    uphold: OPERATOR,
    renew: DECIDES,
    revoke: `${DECIDES}; the hub, when a rival claim is upheld`,
    warn: CLOCK,
    expire: CLOCK,
    release: 'its holder; the hub, when an organisation that has joined takes over a key from one that nobody claimed',
  },
  states: {
    PENDING: {
      takes: { verify: 'VERIFIED', dispute: 'DISPUTED', refuse: 'REFUSED', release: 'RELEASED' },
      otherwise: 'The operator decides on it; on a contact, the holder of the asset.',
    },
    VERIFIED: {
      takes: { warn: 'EXPIRING', renew: 'VERIFIED', dispute: 'DISPUTED', revoke: 'REVOKED', release: 'RELEASED' },
      otherwise: 'Thirty days before its end it is EXPIRING; without an end it stays.',
    },
    EXPIRING: {
      takes: { expire: 'EXPIRED', renew: 'VERIFIED', dispute: 'DISPUTED', revoke: 'REVOKED', release: 'RELEASED' },
      otherwise: 'At its end it is EXPIRED.',
    },
    EXPIRED: { takes: { renew: 'VERIFIED', revoke: 'REVOKED', release: 'RELEASED' }, otherwise: null },
    DISPUTED: {
      takes: { uphold: 'VERIFIED', revoke: 'REVOKED', release: 'RELEASED' },
      otherwise: 'The operator settles it.',
    },
    REFUSED: { takes: {}, otherwise: null },
    REVOKED: { takes: {}, otherwise: null },
    RELEASED: { takes: {}, otherwise: null },
  },
});
