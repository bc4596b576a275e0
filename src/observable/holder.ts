import { parse } from 'tldts';

import { type ReadingOptions, type Resource, ResourceKind } from './observable.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';
import { SHARED_NAMES_VERSION, Sharing, sharedSuffix } from './shared-names.ts';
import { type SpecialName, isOnion, isOnionAddress, specialName } from './special-names.ts';

/** tldts bundles the Public Suffix List, so its version is the list's. A test holds it to the installed one. */
const TLDTS_VERSION = '7.5.5';

/** The lists a resource was derived with; stored beside it, because a later list may derive another. */
export const resourceListVersion = `tldts ${TLDTS_VERSION}, shared names ${SHARED_NAMES_VERSION}`;

/** Who can switch off a host name. */
type Holder =
  | { readonly kind: 'HELD'; readonly resource: Resource }
  /** Many people have content on it: only one page can be meant. Without a page the name is refused. */
  | { readonly kind: 'SHARED'; readonly refusal: Refusal }
  | { readonly kind: 'NOBODY' };

const SUFFIX_LISTS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false };

/** The resource of a name that is reported by itself; null for an onion name, which is context. */
export function resourceOfName(name: string, options: ReadingOptions): Resource | null | Refusal {
  const holder = holderOf(name, options);
  if (isRefusal(holder)) return holder;
  if (holder.kind === 'SHARED') return holder.refusal;
  return holder.kind === 'HELD' ? holder.resource : null;
}

/** The holder of a host name in normal form, or why the name cannot be on the public Internet. */
export function holderOf(name: string, options: ReadingOptions): Holder | Refusal {
  if (isOnion(name)) return isOnionAddress(name) ? { kind: 'NOBODY' } : noOnionAddress(name);
  const special = specialName(name);
  if (special && !(special.documentation && options.documentation)) return reserved(name, special);
  const { domain, publicSuffix, isIcann, isPrivate } = parse(name, SUFFIX_LISTS);
  const suffix = publicSuffix ?? name;
  if (!isIcann && !isPrivate && !special) return unknownSuffix(suffix);
  if (!isPrivate && domain === null) return publicSuffixItself(name);

  const own = sharedSuffix(name);
  // Where both lists know the name, the longer suffix is nearer to the customer. Where the Public Suffix List takes the
  // customer's own name for a suffix (`*.compute-1.amazonaws.com`), our label rule says who it is.
  if (own && (own.suffix.length >= suffix.length || (domain === null && own.sharing === Sharing.LABEL))) {
    return ownRule(name, own.suffix, own.sharing);
  }
  if (!isPrivate) return held(ResourceKind.NAME, domain ?? name);
  return domain === null || domain === `www.${suffix}` ? platformItself(name) : held(ResourceKind.TENANT, domain);
}

function ownRule(name: string, suffix: string, sharing: Sharing): Holder {
  if (sharing === Sharing.PAGES) return pagesOnly(name);
  // `www.` is the platform's own site in front of its customers' names.
  if (name === suffix || name === `www.${suffix}`) return platformItself(name);
  if (sharing === Sharing.WHOLE_NAME) return held(ResourceKind.TENANT, name);
  const below = name.slice(0, -suffix.length - 1);
  const customer = `${below.slice(below.lastIndexOf('.') + 1)}.${suffix}`;
  return held(sharing === Sharing.REGISTRY ? ResourceKind.NAME : ResourceKind.TENANT, customer);
}

function held(kind: ResourceKind, value: string): Holder {
  return { kind: 'HELD', resource: { kind, value } };
}

function reserved(name: string, { suffix, meaning }: SpecialName): Refusal {
  const hint = `${quoted(name)} has no holder on the public Internet: ${suffix} is ${meaning}.`;
  return refuse(ObservableRefusal.RESERVED, hint);
}

function noOnionAddress(name: string): Refusal {
  const hint = `${quoted(name)} is no onion address: before .onion stand 56 characters (a to z, 2 to 7).`;
  return refuse(ObservableRefusal.MALFORMED_NAME, hint);
}

function unknownSuffix(suffix: string): Refusal {
  return refuse(
    ObservableRefusal.UNKNOWN_SUFFIX,
    `${quoted(suffix)} is no top-level domain of the public DNS. Check the spelling; if it is new, write to the operator.`,
  );
}

function publicSuffixItself(name: string): Refusal {
  return refuse(
    ObservableRefusal.PUBLIC_SUFFIX,
    `${quoted(name)} is a public suffix: everybody's names lie below it. Send the name below it that is meant.`,
  );
}

function platformItself(name: string): Holder {
  const hint = `${quoted(name)} belongs to a platform and stands for all its customers. Send the customer's name or the URL.`;
  return { kind: 'SHARED', refusal: refuse(ObservableRefusal.SHARED_SUFFIX, hint) };
}

function pagesOnly(name: string): Holder {
  const hint = `Many people have pages on ${quoted(name)}. Send the exact URL of the page.`;
  return { kind: 'SHARED', refusal: refuse(ObservableRefusal.SHARED_NAME, hint) };
}
