import type { IncomingMessage } from 'node:http';

import ipaddr from 'ipaddr.js';

/** Proxies whose word is taken for who is behind them. */
export type TrustedProxies = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

/** Reads addresses and ranges, parted by spaces or commas; null for anything else. */
export function readProxies(text: string): TrustedProxies | null {
  try {
    const parts = text.split(/[\s,]+/).filter((part) => part !== '');
    return parts.map((part) =>
      ipaddr.parseCIDR(part.includes('/') ? part : `${part}/${part.includes(':') ? 128 : 32}`),
    );
  } catch {
    return null;
  }
}

/** An IPv6 subscriber has 2^64 addresses: they count as one. */
const IPV6_GROUPS = 4;

/**
 * Where a request comes from, as limits count it: an IPv4 address or an IPv6 network of 64 bits. `X-Forwarded-For` is
 * read from its end, and only as far as trusted proxies wrote it; what is before that anybody may have made up.
 */
export function addressOf({ socket, headers }: IncomingMessage, proxies: TrustedProxies): string {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().flatMap((line) => line.split(','));
  let address = parsed(socket.remoteAddress);
  while (address && isTrusted(address, proxies)) {
    const before = parsed(forwarded.pop()?.trim());
    if (!before) break;
    address = before;
  }
  if (!address) return 'unknown';
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, IPV6_GROUPS).join(':') : address.toString();
}

const parsed = (text: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | null =>
  text !== undefined && ipaddr.isValid(text) ? ipaddr.process(text) : null;

const isTrusted = (address: ipaddr.IPv4 | ipaddr.IPv6, proxies: TrustedProxies): boolean =>
  proxies.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
