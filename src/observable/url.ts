import { readAddress } from './address.ts';
import { holderOf } from './holder.ts';
import { tooLong } from './legible-text.ts';
import { checkedName } from './name.ts';
import {
  ObservableType,
  type Reading,
  type ReadingOptions,
  type Resource,
  ResourceKind,
  accept,
} from './observable.ts';
import type { Refanged } from './refang.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';

const SCHEMES = new Set(['http', 'https', 'ftp']);

/**
 * A URL as WHATWG URL serialises it: host in lower case A-labels, default port and dot segments gone, an empty path
 * `/`. Nothing else is touched: path and query keep case and percent-encoding (servers tell them apart); credentials
 * stay, because `http://bank@evil/` is the trick that is reported; a trailing dot of the host stays, because servers
 * see it in `Host`; and the fragment stays, because phishing kits read it in the browser and the page cannot be
 * reproduced without it.
 */
export function readUrl({ scheme, authority, rest }: Refanged, options: ReadingOptions): Reading {
  if (scheme === null || !SCHEMES.has(scheme)) return unsupported(scheme ?? '');
  const url = URL.parse(`${scheme}://${authority}${rest}`);
  if (url === null || url.hostname === '' || url.port === '0') return malformed(`${authority}${rest}`);
  // An empty fragment identifies nothing; WHATWG URL would keep the bare `#`.
  if (url.hash === '') url.hash = '';
  const resource = resourceOf(url, options);
  if (isRefusal(resource)) return resource;
  return tooLong(url.href) ?? accept(ObservableType.URL, url.href, resource);
}

function resourceOf(url: URL, options: ReadingOptions): Resource | null | Refusal {
  const host = url.hostname;
  if (host.startsWith('[') || /^[0-9.]+$/.test(host)) {
    const address = readAddress(host.replace(/^\[|\]$/g, ''), options);
    return address.ok ? address.resource : address;
  }
  const name = checkedName(host.endsWith('.') ? host.slice(0, -1) : host);
  if (isRefusal(name)) return name;
  const holder = holderOf(name, options);
  if (isRefusal(holder)) return holder;
  if (holder.kind === 'SHARED') return page(url, name) ?? holder.refusal;
  return holder.kind === 'HELD' ? holder.resource : null;
}

/**
 * The page, by what its platform needs to find it. One page has one value however it was linked: `https` stands for
 * both schemes, credentials go, and the fragment goes too unless it is all there is (`https://mega.nz/#!id`).
 */
function page(url: URL, name: string): Resource | null {
  const scheme = url.protocol === 'http:' ? 'https:' : url.protocol;
  const port = url.port === '' ? '' : `:${url.port}`;
  const path = `${url.pathname}${url.search}`;
  const identity = path === '/' ? `/${url.hash}` : path;
  return identity === '/' ? null : { kind: ResourceKind.PAGE, value: `${scheme}//${name}${port}${identity}` };
}

function unsupported(scheme: string): Refusal {
  return refuse(
    ObservableRefusal.UNSUPPORTED_SCHEME,
    `${quoted(`${scheme}:`)} is not read. Send an http, https or ftp URL, or the server alone as name:port or address:port.`,
  );
}

function malformed(text: string): Refusal {
  return refuse(
    ObservableRefusal.MALFORMED_URL,
    `${quoted(text)} has no valid host and port. Send the URL as a browser shows it.`,
  );
}
