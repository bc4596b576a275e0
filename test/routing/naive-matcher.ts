import ipaddr from 'ipaddr.js';

export interface AClaim {
  readonly id: string;
  readonly kind: string;
  readonly role: string;
  readonly value: string;
  readonly state: string;
  readonly at: Date;
  readonly holder: { readonly id: string; readonly state: string };
}

export interface AFact {
  readonly kind: string;
  readonly role: string | null;
  readonly value: string;
  /** Null: the coordinator's word. */
  readonly report: string | null;
}

export interface ACase {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly host: string | null;
  readonly reports: readonly string[];
  /** Of these reports: what joined when the coordinator had spoken already, and was not decided on yet. */
  readonly late: readonly string[];
  readonly facts: readonly AFact[];
}

const ACTING: Readonly<Record<string, readonly string[]>> = {
  NAME: ['REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY'],
  TENANT: ['PLATFORM', 'HOST'],
  ADDRESS: ['HOST', 'NETWORK'],
  NETWORK: ['HOST', 'NETWORK'],
  MAILBOX: ['MAIL_PROVIDER'],
};

const below = (name: string | null, suffix: string): boolean =>
  name === suffix || (name?.endsWith(`.${suffix}`) ?? false);

function within(network: string, around: string): boolean {
  const [address, length] = ipaddr.parseCIDR(
    network.includes('/') ? network : `${network}/${network.includes(':') ? 128 : 32}`,
  );
  const [wide, bits] = ipaddr.parseCIDR(around);
  return address.kind() === wide.kind() && length >= bits && address.match(wide, bits);
}

const isNetwork = ({ kind, value }: AClaim): boolean =>
  kind === 'IP_PREFIX' || (kind === 'CONTACT_FOR' && value.includes('/'));

/** Whether what is known speaks of what is claimed. */
function speaksOf(claim: AClaim, { kind, value, host }: ACase, facts: readonly AFact[]): boolean {
  const of = (...kinds: string[]) => facts.filter((fact) => kinds.includes(fact.kind));
  if (isNetwork(claim)) {
    const own = kind === 'ADDRESS' || kind === 'NETWORK' ? [value] : [];
    return [...own, ...of('ADDRESS').map((fact) => fact.value)].some((address) => within(address, claim.value));
  }
  switch (claim.kind) {
    case 'DOMAIN_SUFFIX':
    case 'CONTACT_FOR':
      return below(host, claim.value);
    case 'TLD':
      return host?.split('.').at(-1) === claim.value;
    case 'MAIL_DOMAIN':
      return (
        (kind === 'MAILBOX' && below(host, claim.value)) ||
        of('MAIL_EXCHANGER').some((fact) => below(fact.value, claim.value))
      );
    case 'NAME_SERVER_SUFFIX':
      return of('NAME_SERVER').some((fact) => below(fact.value, claim.value));
    case 'CONTACT_DOMAIN':
      return of('CONTACT_DOMAIN').some((fact) => fact.role === claim.role && fact.value === claim.value);
    default:
      return of(claim.kind).some((fact) => fact.value === claim.value);
  }
}

function countFor({ facts: all, late }: ACase, report: string | null): AFact[] {
  const facts = report !== null && late.includes(report) ? all.filter((fact) => fact.report !== null) : all;
  const said = new Set(facts.filter((fact) => fact.report === null).map(({ kind }) => kind));
  return facts
    .filter((fact) => report === null || fact.report === null || fact.report === report)
    .filter((fact) => fact.report === null || !said.has(fact.kind));
}

/** The better of two claims in one role comes first. */
function better(a: AClaim, b: AClaim): number {
  const key = (claim: AClaim): number[] => [
    claim.holder.state === 'UNCLAIMED' ? 1 : 0,
    nearness(claim),
    -exactness(claim),
    claim.kind === 'CONTACT_FOR' ? 0 : 1,
    claim.at.getTime(),
  ];
  const [left, right] = [key(a), key(b)];
  const differing = left.findIndex((value, index) => value !== right[index]);
  return differing === -1 ? (a.id < b.id ? -1 : 1) : (left[differing] ?? 0) - (right[differing] ?? 0);
}

function nearness(claim: AClaim): number {
  if (claim.kind === 'CONTACT_DOMAIN') return 3;
  if (claim.kind === 'ASN' || claim.kind === 'TLD') return 2;
  if (isNetwork(claim)) return 1;
  return ['DOMAIN_SUFFIX', 'MAIL_DOMAIN', 'CONTACT_FOR'].includes(claim.kind) ? 0 : 1;
}

function exactness(claim: AClaim): number {
  if (isNetwork(claim)) return Number(claim.value.split('/')[1]);
  return ['IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN'].includes(claim.kind)
    ? 0
    : claim.value.length;
}

/** The claim that wins in each role, by the definition and nothing cleverer. */
export function matchNaively(claims: readonly AClaim[], one: ACase, report: string | null): AClaim[] {
  const facts = countFor(one, report);
  const matching = claims.filter(
    (claim) =>
      ['VERIFIED', 'EXPIRING'].includes(claim.state) &&
      claim.holder.state !== 'SUSPENDED' &&
      (ACTING[one.kind] ?? []).includes(claim.role) &&
      speaksOf(claim, one, facts),
  );
  return [...Map.groupBy(matching, ({ role }) => role).values()].flatMap((rivals) => rivals.toSorted(better)[0] ?? []);
}

/** Whether the claim has to do with anything known of the case, whoever knows it. */
export function reachesNaively(claim: AClaim, one: ACase): boolean {
  return speaksOf(claim, one, one.facts);
}
