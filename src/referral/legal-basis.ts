import { Refusal } from '../platform/errors.ts';
import type { Role } from '../platform/viewer.ts';
import { CLAIM_ROLES, type ClaimRole } from '../routing/claim.ts';
import type { LegalBasis, RequestedAction } from './request.ts';

/** One basis: who may assert it, whom it binds, and what may be asked for on it. */
interface Terms {
  readonly assertedBy: readonly Role[];
  readonly binds: readonly ClaimRole[];
  readonly carries: readonly RequestedAction[];
}

const COORDINATORS: readonly Role[] = ['CERT', 'AUTHORITY'];
const AUTHORITIES: readonly Role[] = ['AUTHORITY'];

const LOOKING: readonly RequestedAction[] = ['INVESTIGATE', 'RELAY_TO_HOLDER', 'PRESERVE_EVIDENCE'];
const ACTING: readonly RequestedAction[] = ['TAKE_DOWN', 'SUSPEND', 'REMOVE_CONTENT', ...LOOKING];
const ON_A_NAME: readonly RequestedAction[] = ['TAKE_DOWN', 'SUSPEND', 'INVESTIGATE', 'RELAY_TO_HOLDER'];
const ON_CONTENT: readonly RequestedAction[] = ['TAKE_DOWN', 'REMOVE_CONTENT', 'INVESTIGATE', 'RELAY_TO_HOLDER'];

const HOSTS: readonly ClaimRole[] = ['HOST', 'CDN_PROXY', 'PLATFORM'];

/**
 * What each basis is good for. A vendor asserts none: what it reports is a suggestion, and a coordinator decides on
 * what to rest a request. Orders, and what gives an authority more than others have, are for authorities alone; a CERT
 * that its state has designated holds that role too.
 */
export const TERMS: Readonly<Record<LegalBasis, Terms>> = {
  VOLUNTARY_COOPERATION: { assertedBy: COORDINATORS, binds: CLAIM_ROLES, carries: ACTING },
  TERMS_OF_SERVICE: { assertedBy: COORDINATORS, binds: CLAIM_ROLES, carries: ACTING },
  ICANN_RAA_3_18: { assertedBy: COORDINATORS, binds: ['REGISTRAR'], carries: ON_A_NAME },
  // 3.18.1: steps to investigate and respond.
  ICANN_RAA_3_18_1: { assertedBy: COORDINATORS, binds: ['REGISTRAR'], carries: ['INVESTIGATE', 'RELAY_TO_HOLDER'] },
  // 3.18.2: mitigation, on actionable evidence.
  ICANN_RAA_3_18_2: { assertedBy: COORDINATORS, binds: ['REGISTRAR'], carries: ON_A_NAME },
  // 3.18.3: reviewed within 24 hours, for authorities.
  ICANN_RAA_3_18_3: { assertedBy: AUTHORITIES, binds: ['REGISTRAR'], carries: ON_A_NAME },
  ICANN_RA_SPEC_6_4_2: { assertedBy: COORDINATORS, binds: ['REGISTRY'], carries: ON_A_NAME },
  CCTLD_POLICY: { assertedBy: COORDINATORS, binds: ['REGISTRY', 'REGISTRAR'], carries: ON_A_NAME },
  REGISTRATION_DATA_INACCURACY: {
    assertedBy: COORDINATORS,
    binds: ['REGISTRY', 'REGISTRAR', 'RESELLER'],
    carries: ['SUSPEND', 'INVESTIGATE', 'RELAY_TO_HOLDER'],
  },
  DSA_ART_16: { assertedBy: COORDINATORS, binds: HOSTS, carries: ON_CONTENT },
  NATIONAL_LAW: { assertedBy: COORDINATORS, binds: CLAIM_ROLES, carries: ACTING },
  LAW_ENFORCEMENT_REQUEST: { assertedBy: AUTHORITIES, binds: CLAIM_ROLES, carries: ACTING },
  DSA_ART_9_ORDER: { assertedBy: AUTHORITIES, binds: CLAIM_ROLES, carries: ON_CONTENT.concat('SUSPEND') },
  COURT_ORDER: { assertedBy: AUTHORITIES, binds: CLAIM_ROLES, carries: ACTING },
};

/** FORBIDDEN_BASIS names who may assert it; BAD_INPUT what may be asked for on it. */
export function checkBasis(
  basis: LegalBasis,
  action: RequestedAction,
  roles: ReadonlySet<Role>,
  path: readonly string[] = [],
): void {
  const { assertedBy, carries } = TERMS[basis];
  if (!assertedBy.some((role) => roles.has(role))) {
    throw new Refusal('FORBIDDEN_BASIS', `${basis} is asserted by ${assertedBy.join(' or ')} organisations.`, [
      ...path,
      'legalBasis',
    ]);
  }
  if (!carries.includes(action)) {
    throw new Refusal('BAD_INPUT', `On ${basis} you may ask for ${carries.join(', ')}.`, [...path, 'requestedAction']);
  }
}

/** On what a request to one party rests: a basis that does not bind it, or not to this, is not held against it. */
export function basisToward(basis: LegalBasis, role: ClaimRole, action: RequestedAction): LegalBasis {
  const { binds, carries } = TERMS[basis];
  return binds.includes(role) && carries.includes(action) ? basis : 'VOLUNTARY_COOPERATION';
}
