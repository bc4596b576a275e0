import ipaddr from 'ipaddr.js';

/** A block of addresses; one address is a block of its own. */
export interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly length: number;
}

/** The bits that every IPv4 address has before its own when it is written as IPv6 (RFC 4291 2.5.5.2). */
const MAPPED_BITS = 96;

/**
 * `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; IPv4 in IPv6 form is read as IPv4. Null for every other text, also for a
 * block with bits set beyond its prefix: whether the address or its neighbours are meant, only its writer knows.
 */
export function readNetwork(text: string): Network | null {
  const [written = '', after] = text.split('/', 2);
  const address = readAddress(written, false);
  if (!address || text.split('/').length > 2) return null;
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  if (after === undefined) return { address, length: bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(after)) return null;
  const length = written.includes(':') && bits === 32 ? Number(after) - MAPPED_BITS : Number(after);
  if (length < 0 || length > bits) return null;
  return firstOf(address, length) === address.toString() ? { address, length } : null;
}

/** In the one form that the hub keeps and shows. */
export const networkText = ({ address, length }: Network): string =>
  length === (address.kind() === 'ipv4' ? 32 : 128) ? address.toString() : `${address.toString()}/${length}`;

/** Whether the address of a peer, as a socket gives it, is in one of the blocks. One that cannot be read is in none. */
export function isWithin(text: string | null, networks: readonly Network[]): boolean {
  const address = text === null ? null : readAddress(text, true);
  return address !== null && networks.some((network) => holds(network, address));
}

function holds({ address: first, length }: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return first.kind() === address.kind() && address.match(first, length);
}

/** ipaddr.js alone would take octal, hexadecimal and fewer than four parts for IPv4. */
function readAddress(text: string, zoned: boolean): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const plain = zoned ? text.replace(/%[\w.-]{1,32}$/, '') : text;
  if (!/^[\d.]{7,15}$|^[\da-f:.]{2,45}$/i.test(plain)) return null;
  if (plain.includes(':') ? !ipaddr.IPv6.isValid(plain) : !ipaddr.IPv4.isValidFourPartDecimal(plain)) return null;
  return ipaddr.process(plain);
}

function firstOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return family.networkAddressFromCIDR(`${address.toString()}/${length}`).toString();
}
