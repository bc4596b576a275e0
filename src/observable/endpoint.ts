import { isIpv4, readAddress } from './address.ts';
import { resourceOfName } from './holder.ts';
import { hostName } from './name.ts';
import { ObservableType, type Reading, type ReadingOptions, accept } from './observable.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';

/**
 * `address:port`, `[address]:port` or `name:port`, and a bare `[address]`.
 *
 * The port stays on the observable: whoever can switch off the address can switch off all of its ports, so two ports
 * of one address are two items of one case.
 */
export function readEndpoint(text: string, options: ReadingOptions): Reading {
  const [host, portText] = split(text);
  const bracketed = host.startsWith('[') && host.endsWith(']');
  if (portText === null) return readAddress(bracketed ? host.slice(1, -1) : host, options);
  const port = portNumber(portText);
  if (isRefusal(port)) return port;
  if (bracketed || isIpv4(host)) {
    const address = readAddress(bracketed ? host.slice(1, -1) : host, options);
    if (!address.ok) return address;
    const { type, value } = address.observable;
    if (bracketed !== (type === ObservableType.IPV6)) return malformedEndpoint(text);
    return accept(ObservableType.ENDPOINT, `${bracketed ? `[${value}]` : value}:${port}`, address.resource);
  }
  const name = hostName(host);
  if (isRefusal(name)) return name;
  const resource = resourceOfName(name, options);
  return isRefusal(resource) ? resource : accept(ObservableType.ENDPOINT, `${name}:${port}`, resource);
}

function split(text: string): [host: string, port: string | null] {
  const colon = text.startsWith('[') ? text.indexOf(':', text.indexOf(']')) : text.lastIndexOf(':');
  return colon === -1 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

function portNumber(text: string): number | Refusal {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  return refuse(
    ObservableRefusal.MALFORMED_PORT,
    `${quoted(text)} is no port. Send a number from 1 to 65535 after the colon.`,
  );
}

function malformedEndpoint(text: string): Refusal {
  const hint = `${quoted(text)} is no endpoint. Send address:port, [IPv6 address]:port or name:port.`;
  return refuse(ObservableRefusal.MALFORMED_ADDRESS, hint);
}
