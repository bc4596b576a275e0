import type { ClaimKind, ClaimRole } from '../../../src/routing/claim.ts';
import { ClaimSlots, wordsOfId } from './claim-slots.ts';
import { NetworkIndex } from './network-index.ts';
import { SuffixIndex } from './suffix-index.ts';

/** What is kept of a claim; `id` is a UUID in lower case. */
export interface MatchedBy {
  readonly id: string;
  readonly kind: ClaimKind;
  readonly role: ClaimRole;
}

/** A claim that routes; `value` is in normal form, as `readAsset` gives it. */
export interface RoutingClaim extends MatchedBy {
  readonly value: string;
}

/** What is known of a case, in normal form and of the kinds that the database matches; a contact is known in a role. */
export type Known =
  | { readonly kind: 'HOST' | 'NAME_SERVER' | 'MAIL_EXCHANGER' | 'ADDRESS'; readonly value: string }
  | { readonly kind: 'ASN' | 'IANA_REGISTRAR_ID' | 'REGISTRAR_HANDLE'; readonly value: string }
  | { readonly kind: 'CONTACT_DOMAIN'; readonly role: ClaimRole; readonly value: string };

/**
 * Claims in memory, found by what is known of a case: every network around an address or a network, every name at or
 * above a name, and equal numbers, handles and contacts. All that match, in no order: which of them counts is decided
 * with what the database knows of their holders. Some 70 bytes a claim; whoever holds it brings it up to date.
 */
export class Matcher {
  private readonly slots = new ClaimSlots();
  private readonly networks = new NetworkIndex();
  /** What is asked of a host is one question: claims to the name or one above it, to its top level, and contacts. */
  private readonly hosts = new SuffixIndex();
  private readonly nameServers = new SuffixIndex();
  private readonly mailDomains = new SuffixIndex();
  private readonly exact = new Map<string, number>();
  private readonly firsts: number[] = [];

  /** RangeError for a claim that is not in normal form. */
  constructor(claims: Iterable<RoutingClaim> = []) {
    for (const claim of claims) this.add(claim);
  }

  /** Whether it was not there yet. RangeError, and nothing has changed, for a claim that is not in normal form. */
  add({ id, kind, role, value }: RoutingClaim): boolean {
    const words = wordsOfId(id);
    const index = this.indexOf(kind, value);
    const key = keyOf(kind, role, value);
    const first = index.get(key) ?? 0;
    if (this.slots.find(first, words, kind, role) !== 0) return false;
    index.set(key, this.slots.insert(words, kind, role, first));
    return true;
  }

  /** Whether it was there. The same claim as was added: id, kind, role and value. RangeError as in `add`. */
  remove({ id, kind, role, value }: RoutingClaim): boolean {
    const index = this.indexOf(kind, value);
    const key = keyOf(kind, role, value);
    const first = index.get(key) ?? 0;
    const slot = this.slots.find(first, wordsOfId(id), kind, role);
    if (slot === 0) return false;
    const rest = this.slots.remove(first, slot);
    if (rest === 0) index.delete(key);
    else if (rest !== first) index.set(key, rest);
    return true;
  }

  /**
   * The claims that match, as places that `at` reads until something is added or removed. RangeError for an address
   * that is none; what else is not in normal form matches nothing.
   */
  find(known: Known): number[] {
    const { firsts } = this;
    firsts.length = 0;
    this.collect(known, firsts);
    const places: number[] = [];
    for (const first of firsts) for (let slot = first; slot !== 0; slot = this.slots.next(slot)) places.push(slot);
    return places;
  }

  /** Bytes of its tables; what is equal or not is in a map, which cannot say. */
  get bytes(): number {
    return [this.slots, this.networks, this.hosts, this.nameServers, this.mailDomains]
      .map(({ bytes }) => bytes)
      .reduce((sum, each) => sum + each);
  }

  at(place: number): MatchedBy {
    return { id: this.slots.idOf(place), kind: this.slots.kindOf(place), role: this.slots.roleOf(place) };
  }

  private collect(known: Known, into: number[]): void {
    switch (known.kind) {
      case 'HOST':
        return this.hosts.collect(known.value, into);
      case 'NAME_SERVER':
        return this.nameServers.collect(known.value, into);
      case 'MAIL_EXCHANGER':
        return this.mailDomains.collect(known.value, into);
      case 'ADDRESS':
        return this.networks.collect(known.value, into);
      case 'CONTACT_DOMAIN':
        into.push(this.exact.get(keyOf(known.kind, known.role, known.value)) ?? 0);
        return;
      case 'ASN':
      case 'IANA_REGISTRAR_ID':
      case 'REGISTRAR_HANDLE':
        into.push(this.exact.get(keyOf(known.kind, null, known.value)) ?? 0);
    }
  }

  private indexOf(kind: ClaimKind, value: string): SuffixIndex | NetworkIndex | Map<string, number> {
    switch (kind) {
      case 'TLD':
      case 'DOMAIN_SUFFIX':
        return this.hosts;
      case 'NAME_SERVER_SUFFIX':
        return this.nameServers;
      case 'MAIL_DOMAIN':
        return this.mailDomains;
      case 'IP_PREFIX':
        return this.networks;
      case 'CONTACT_FOR':
        return value.includes('/') ? this.networks : this.hosts;
      case 'ASN':
      case 'IANA_REGISTRAR_ID':
      case 'REGISTRAR_HANDLE':
      case 'CONTACT_DOMAIN':
        return this.exact;
    }
  }
}

/** Under what an index has it. One map holds all that is equal or not, so there the kind is part of it. */
function keyOf(kind: ClaimKind, role: ClaimRole | null, value: string): string {
  switch (kind) {
    case 'CONTACT_DOMAIN':
      return `${kind} ${role ?? ''} ${value}`;
    case 'ASN':
    case 'IANA_REGISTRAR_ID':
    case 'REGISTRAR_HANDLE':
      return `${kind} ${value}`;
    default:
      return value;
  }
}
