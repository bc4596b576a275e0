import { createHash } from 'node:crypto';

import { ResourceKind } from '../../observable/observable.ts';
import type { ProviderSlug } from './cast.ts';
import { keyOf, type StoryResource } from './story.ts';

/** A name that one of the cast says is its own, in a role. */
export interface Claim {
  readonly role: string;
  readonly domainSuffix: string;
}

/** A verified claim, as the operator sees it. */
export interface StandingClaim {
  readonly role: string;
  readonly value: string;
  readonly organisation: string;
  readonly decidedAt: string;
}

/** Who is to be told of what: written down before anything is submitted, and compared with what became of it. */
export interface Declaration {
  /** The party by resource and role. */
  readonly parties: ReadonlyMap<string, string>;
  /** Keys of all resources of the report. */
  readonly resources: ReadonlySet<string>;
}

export const pairKey = (kind: string, value: string, role: string): string => `${keyOf({ kind, value })} ${role}`;

/**
 * What the cast claims of a report: the registrar every name but about one in twelve, the host about every second name
 * and every tenant and page, the mail provider the domain of every mailbox. Which names are left out depends on the
 * name alone (a byte of its SHA-256), so that another report of the same name finds the same parties.
 */
export function claimsFor(resources: readonly StoryResource[]): Record<ProviderSlug, Claim[]> {
  const claims: Record<ProviderSlug, Map<string, Claim>> = {
    registrar: new Map(),
    host: new Map(),
    mailProvider: new Map(),
  };
  const add = (owner: ProviderSlug, role: string, domainSuffix: string) =>
    claims[owner].set(`${role} ${domainSuffix}`, { role, domainSuffix });
  for (const { kind, host } of resources) {
    if (host === null) continue;
    const [registered = 0, hosted = 0] = createHash('sha256').update(host).digest();
    if (kind === ResourceKind.NAME && registered % 12 !== 0) add('registrar', 'REGISTRAR', host);
    if (kind === ResourceKind.NAME && hosted % 2 === 0) add('host', 'HOST', host);
    if (kind === ResourceKind.TENANT || kind === ResourceKind.PAGE) add('host', 'PLATFORM', host);
    if (kind === ResourceKind.MAILBOX) add('mailProvider', 'MAIL_PROVIDER', host);
  }
  const { registrar, host, mailProvider } = claims;
  return {
    registrar: [...registrar.values()],
    host: [...host.values()],
    mailProvider: [...mailProvider.values()],
  };
}

/** The roles that can act on a resource, said here again so that the hub is not asked what it should have done. */
const ROLES: Readonly<Record<ResourceKind, readonly string[]>> = {
  NAME: ['REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY'],
  TENANT: ['PLATFORM', 'HOST'],
  PAGE: ['PLATFORM', 'HOST'],
  MAILBOX: ['MAIL_PROVIDER'],
  // By claims of networks, which the cast has none of.
  ADDRESS: [],
  NETWORK: [],
  CERTIFICATE: [],
};

/** For each resource and role the holder of the most specific verified claim; of equal ones, of the first verified. */
export function declare(resources: readonly StoryResource[], claims: readonly StandingClaim[]): Declaration {
  const holders = new Map<string, StandingClaim>();
  for (const claim of claims) {
    const key = `${claim.role} ${claim.value}`;
    const known = holders.get(key);
    if (!known || claim.decidedAt < known.decidedAt) holders.set(key, claim);
  }
  const parties = new Map<string, string>();
  for (const { kind, value, host } of resources) {
    for (const role of host === null ? [] : ROLES[kind]) {
      const holder = suffixesOf(host ?? '')
        .map((suffix) => holders.get(`${role} ${suffix}`))
        .find(Boolean);
      if (holder) parties.set(pairKey(kind, value, role), holder.organisation);
    }
  }
  return { parties, resources: new Set(resources.map(keyOf)) };
}

/** The name and what it lies below, the longest first. */
function suffixesOf(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
