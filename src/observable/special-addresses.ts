import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A block that nobody on the public Internet holds, or that stands for other addresses. */
interface SpecialBlock {
  readonly block: string;
  /** Continues the sentence "10.0.0.0/8 is ...". */
  readonly meaning: string;
  readonly documentation: boolean;
}

// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), multicast (RFC 5771, RFC 4291) and what lies
// outside IPv6 global unicast. ipaddr.js has such a table, but without the reasons and without documentation apart.
const BLOCKS: readonly (readonly [block: string, meaning: string])[] = [
  ['0.0.0.0/8', '"this network" (RFC 791)'],
  ['10.0.0.0/8', 'private use (RFC 1918)'],
  ['100.64.0.0/10', 'shared address space behind carrier-grade NAT (RFC 6598)'],
  ['127.0.0.0/8', 'loopback (RFC 1122)'],
  ['169.254.0.0/16', 'link-local (RFC 3927)'],
  ['172.16.0.0/12', 'private use (RFC 1918)'],
  ['192.0.0.0/24', 'IETF protocol assignments (RFC 6890)'],
  ['192.31.196.0/24', 'AS112 anycast (RFC 7535)'],
  ['192.52.193.0/24', 'AMT anycast (RFC 7450)'],
  ['192.88.99.0/24', 'the former 6to4 relay anycast (RFC 7526)'],
  ['192.168.0.0/16', 'private use (RFC 1918)'],
  ['192.175.48.0/24', 'AS112 anycast (RFC 7534)'],
  ['198.18.0.0/15', 'benchmarking (RFC 2544)'],
  ['224.0.0.0/4', 'multicast (RFC 5771)'],
  ['240.0.0.0/4', 'reserved or broadcast (RFC 1112, RFC 919)'],
  ['2001::/23', 'IETF protocol assignments, Teredo among them (RFC 2928, RFC 4380)'],
  ['2002::/16', '6to4, which carries an IPv4 address in its second and third group: send that address (RFC 3056)'],
  ['2620:4f:8000::/48', 'AS112 anycast (RFC 7534)'],
  ['fe80::/10', 'link-local (RFC 4291)'],
  ['fc00::/7', 'unique local, private use (RFC 4193)'],
  ['ff00::/8', 'multicast (RFC 4291)'],
  ['64:ff9b::/96', 'NAT64, which carries an IPv4 address in its last 32 bits: send that address (RFC 6052)'],
];

const DOCUMENTATION: readonly (readonly [block: string, meaning: string])[] = [
  ['192.0.2.0/24', 'documentation (RFC 5737)'],
  ['198.51.100.0/24', 'documentation (RFC 5737)'],
  ['203.0.113.0/24', 'documentation (RFC 5737)'],
  ['2001:db8::/32', 'documentation (RFC 3849)'],
  ['3fff::/20', 'documentation (RFC 9637)'],
];

// Documentation last: a network that overlaps another block as well is refused for that one, whatever the options.
const ALL = [...BLOCKS.map(parsed(false)), ...DOCUMENTATION.map(parsed(true))];
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const OUTSIDE: SpecialBlock = {
  block: 'what lies outside 2000::/3',
  meaning: 'not allocated for global unicast (RFC 4291)',
  documentation: false,
};

/** The first special block that has an address in common with the given network (or address, at full length). */
export function specialBlock(address: Address, length: number): SpecialBlock | null {
  for (const { special, network, bits } of ALL) {
    // Two CIDR blocks overlap exactly when they agree in the bits of the shorter prefix.
    if (network.kind() === address.kind() && address.match(network, Math.min(bits, length))) return special;
  }
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? OUTSIDE : null;
}

function parsed(documentation: boolean) {
  return ([block, meaning]: readonly [string, string]) => {
    const [network, bits] = ipaddr.parseCIDR(block);
    return { special: { block, meaning, documentation }, network, bits };
  };
}
