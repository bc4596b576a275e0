/**
 * Whether an issuer, or its keys, may be asked at this address: over TLS, or on this machine. Whoever sits between the
 * hub and an issuer could otherwise hand it keys of his own.
 */
export function isTrustworthyAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** Whether the keys that an issuer names may be read for it: an issuer elsewhere does not send the hub to itself. */
export function mayKeepKeysAt(issuer: string, keys: string): boolean {
  if (!isTrustworthyAddress(keys)) return false;
  const [from, to] = [new URL(issuer), new URL(keys)];
  return isLoopback(from) || !isLoopback(to);
}

/** Where an issuer describes itself (OpenID Connect Discovery 1.0, 4). */
export const discoveryOf = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
