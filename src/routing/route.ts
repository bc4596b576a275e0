import { ResourceKind } from '../observable/observable.ts';
import type { Assessment } from '../triage/case.ts';
import type { ClaimRole } from './claim.ts';

/**
 * How a party in a role is approached.
 * ASK: it is asked for what the coordinator asks for.
 * RELAY: it is asked to pass it on to its customer, and for nothing that would harm the customer.
 * LATER: a next step: only when nobody before it is known, or when the coordinator names the role.
 * NEVER: not for a resource that came to serve abuse in this way, whoever asks.
 */
export type Manner = 'ASK' | 'RELAY' | 'LATER' | 'NEVER';

/** Who can act on a resource of this kind at all; what a wrong party is asked is an insult and a leak. */
export const ROLES_THAT_ACT: Readonly<Record<ResourceKind, readonly ClaimRole[]>> = {
  [ResourceKind.NAME]: ['REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY'],
  [ResourceKind.TENANT]: ['PLATFORM', 'HOST'],
  [ResourceKind.PAGE]: ['PLATFORM', 'HOST'],
  [ResourceKind.ADDRESS]: ['HOST', 'NETWORK'],
  [ResourceKind.NETWORK]: ['HOST', 'NETWORK'],
  [ResourceKind.MAILBOX]: ['MAIL_PROVIDER'],
  [ResourceKind.CERTIFICATE]: [],
};

/** Whose silence, or absence, a next step waits for. */
const BEFORE: Partial<Record<ClaimRole, readonly ClaimRole[]>> = {
  REGISTRY: ['REGISTRAR', 'RESELLER'],
  NETWORK: ['HOST'],
  HOST: ['PLATFORM'],
};

type Route = Readonly<Record<ClaimRole, Manner>>;

/** The name was made for abuse: whoever sold it and whoever serves it. */
const TAKE_AWAY: Route = {
  REGISTRY: 'LATER',
  REGISTRAR: 'ASK',
  RESELLER: 'ASK',
  DNS_OPERATOR: 'ASK',
  HOST: 'ASK',
  CDN_PROXY: 'ASK',
  NETWORK: 'LATER',
  PLATFORM: 'ASK',
  MAIL_PROVIDER: 'ASK',
};
/** An innocent customer is harmed: whoever serves it cleans up, and nobody takes the name away. */
const CLEAN_UP: Route = {
  ...TAKE_AWAY,
  REGISTRY: 'NEVER',
  REGISTRAR: 'RELAY',
  RESELLER: 'RELAY',
  DNS_OPERATOR: 'NEVER',
};
/** The platform knows its accounts; whoever carries the platform would switch off all of them. */
const ON_A_PLATFORM: Route = {
  ...CLEAN_UP,
  REGISTRAR: 'NEVER',
  RESELLER: 'NEVER',
  HOST: 'LATER',
  CDN_PROXY: 'NEVER',
  NETWORK: 'NEVER',
};
/** Many customers on one name or machine: only who can tell them apart. */
const AMONG_MANY: Route = { ...CLEAN_UP, REGISTRAR: 'NEVER', RESELLER: 'NEVER', NETWORK: 'NEVER' };
/** It does not serve the abuse at all: its holder should know, and nobody is to act on it. */
const ONLY_TELL: Route = {
  REGISTRY: 'NEVER',
  REGISTRAR: 'RELAY',
  RESELLER: 'RELAY',
  DNS_OPERATOR: 'NEVER',
  HOST: 'RELAY',
  CDN_PROXY: 'NEVER',
  NETWORK: 'NEVER',
  PLATFORM: 'RELAY',
  MAIL_PROVIDER: 'RELAY',
};

const ROUTES: Readonly<Record<Assessment, Route>> = {
  MALICIOUSLY_REGISTERED: TAKE_AWAY,
  COMPROMISED: CLEAN_UP,
  PLATFORM_ACCOUNT: ON_A_PLATFORM,
  SHARED_INFRASTRUCTURE: AMONG_MANY,
  ACCOUNT_TAKEN_OVER: CLEAN_UP,
  FORGED: ONLY_TELL,
  // The coordinator decides what to ask for; further steps stay further steps.
  UNKNOWN: TAKE_AWAY,
};

/**
 * How each of the known roles is approached for a resource of this assessment. A next step is taken at once where
 * nobody before it is known, and where the coordinator names the role (`also`); what is NEVER asked stays so.
 */
export function routeOf(
  assessment: Assessment,
  known: readonly ClaimRole[],
  also: readonly ClaimRole[] = [],
): ReadonlyMap<ClaimRole, Manner> {
  const route = ROUTES[assessment];
  const approached = new Set(known.filter((role) => route[role] === 'ASK' || route[role] === 'RELAY'));
  const first = (role: ClaimRole): boolean => !BEFORE[role]?.some((before) => approached.has(before));
  return new Map(
    known.map((role): [ClaimRole, Manner] => {
      const manner = route[role];
      return [role, manner === 'LATER' && (also.includes(role) || first(role)) ? 'ASK' : manner];
    }),
  );
}
