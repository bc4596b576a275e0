import { readNetwork } from '../../platform/network.ts';

/** An IPv6 subscriber has 2^64 addresses: they count as one. */
const IPV6_GROUPS = 4;

/**
 * An address as limits count it: an IPv4 address, or an IPv6 network of 64 bits. All of whom nobody can say from where
 * they come are one.
 */
export function addressOf(peer: string | null): string {
  const address = readNetwork(peer?.replace(/%.*$/, '') ?? '')?.address;
  if (!address) return 'unknown';
  return 'parts' in address ? address.parts.slice(0, IPV6_GROUPS).join(':') : address.toString();
}
