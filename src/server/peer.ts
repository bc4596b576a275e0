import type { IncomingHttpHeaders } from 'node:http';

import { isWithin, readNetwork, type Network } from '../platform/network.ts';

/** Proxies whose word is taken for who is behind them. */
export type TrustedProxies = readonly Network[];

/** Reads addresses and blocks, parted by spaces or commas; null where one of them is neither. */
export function readProxies(text: string): TrustedProxies | null {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  const networks = parts.flatMap((part) => readNetwork(part) ?? []);
  return networks.length === parts.length ? networks : null;
}

const MOST_HOPS = 20;

/** What of a request says where it comes from. */
interface Arrival {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/**
 * From where a request comes. Only a proxy that is trusted by configuration is believed about who came to it; what a
 * stranger writes into `X-Forwarded-For` is his own invention, also where a proxy passes it on before its own word.
 * Null: nobody can say.
 */
export function peerOf({ socket, headers }: Arrival, proxies: TrustedProxies): string | null {
  let peer = socket.remoteAddress ?? null;
  if (proxies.length === 0) return peer;
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',');
  const hops = forwarded.trim() === '' ? [] : forwarded.split(',');
  if (hops.length > MOST_HOPS) return null;
  // From the nearest proxy outward, as far as each was trusted to say who came before it.
  while (isWithin(peer, proxies) && hops.length > 0) peer = withoutPort(hops.pop() ?? '');
  return peer;
}

/** Some proxies write the port too: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function withoutPort(hop: string): string {
  const text = hop.trim();
  return /^\[([\da-f:.]+)\](?::\d{1,5})?$/i.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
}
