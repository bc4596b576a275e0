import ipaddr from 'ipaddr.js';

import { ObservableType, type Reading, type ReadingOptions, ResourceKind, accept } from './observable.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';
import { specialBlock } from './special-addresses.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const LENGTH = /^[0-9]{1,3}$/;
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
// Hexadecimal groups, and in the last 32 bits perhaps IPv4; ipaddr.js alone would take octal and hexadecimal there.
const IPV6_CHARACTERS = new RegExp(`^[0-9a-f:]+(?::${OCTET}(?:\\.${OCTET}){3})?$`, 'i');

/** True for four decimal numbers without leading zeros: the one form that every reader takes for the same address. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** One IP address, in dotted decimal or in the form of RFC 5952. */
export function readAddress(text: string, options: ReadingOptions): Reading {
  const address = parsed(text);
  if (isRefusal(address)) return address;
  const isV4 = address.kind() === 'ipv4';
  const refusal = withoutHolder(address, isV4 ? 32 : 128, text, options);
  const value = address.toString();
  return (
    refusal ?? accept(isV4 ? ObservableType.IPV4 : ObservableType.IPV6, value, { kind: ResourceKind.ADDRESS, value })
  );
}

/** A CIDR block; one that holds a single address is read as the address. */
export function readNetwork(addressText: string, lengthText: string, options: ReadingOptions): Reading {
  const text = `${addressText}/${lengthText}`;
  const address = parsed(addressText);
  if (isRefusal(address)) return address;
  const isV4 = address.kind() === 'ipv4';
  const [bits, widest] = isV4 ? [32, 8] : [128, 16];
  const length = LENGTH.test(lengthText) ? Number(lengthText) : Infinity;
  if (length > bits) return malformed(text);
  if (length === bits) return readAddress(addressText, options);
  if (length < widest) {
    // ARIN and RIPE have given single parties blocks of up to these sizes, and no larger ones.
    const hint = `${quoted(text)} is wider than any one party's network. Send the networks that are meant.`;
    return refuse(ObservableRefusal.TOO_WIDE, hint);
  }
  const block = `${address.toString()}/${length}`;
  const network = (isV4 ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(block).toString();
  if (network !== address.toString()) {
    // Widening silently would accuse every neighbour of one address.
    const choice = `Send ${network}/${length} for the network, or ${address.toString()} for the one address.`;
    return refuse(ObservableRefusal.HOST_BITS, `${quoted(text)} has bits set beyond its prefix. ${choice}`);
  }
  const refusal = withoutHolder(address, length, text, options);
  return (
    refusal ??
    accept(isV4 ? ObservableType.IPV4_CIDR : ObservableType.IPV6_CIDR, block, {
      kind: ResourceKind.NETWORK,
      value: block,
    })
  );
}

function parsed(text: string): Address | Refusal {
  if (text.includes('%')) {
    const hint = `${quoted(text)} has a zone, which means something on one machine only (RFC 4007). Send a global address.`;
    return refuse(ObservableRefusal.ZONED, hint);
  }
  const readable = IPV4.test(text) || (IPV6_CHARACTERS.test(text) && ipaddr.IPv6.isValid(text));
  if (!readable) return malformed(text);
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    const hint = `${quoted(text)} is an IPv4 address in IPv6 form (RFC 4291). Send ${address.toIPv4Address().toString()}.`;
    return refuse(ObservableRefusal.IPV4_MAPPED, hint);
  }
  return address;
}

function withoutHolder(address: Address, length: number, text: string, options: ReadingOptions): Refusal | null {
  const special = specialBlock(address, length);
  if (special === null || (special.documentation && options.documentation)) return null;
  const hint = `${quoted(text)} has no holder on the public Internet: ${special.block} is ${special.meaning}.`;
  return refuse(ObservableRefusal.RESERVED, hint);
}

function malformed(text: string): Refusal {
  const forms = '192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32';
  return refuse(
    ObservableRefusal.MALFORMED_ADDRESS,
    `${quoted(text)} is no IP address or network. Send a form such as ${forms}.`,
  );
}
