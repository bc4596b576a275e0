import { Refusal } from '../platform/errors.ts';
import { networkText, readNetwork } from '../platform/network.ts';
import { permissionsOf, ROLES, type Permission, type Role } from '../platform/viewer.ts';

/** The roles, each once and in the order of the list; at least one. */
export function checkedRoles(roles: readonly Role[]): Role[] {
  if (roles.length === 0) throw new Refusal('BAD_INPUT', 'An organisation has at least one role.', ['roles']);
  return ROLES.filter((role) => roles.includes(role));
}

/** The permissions, each once; none that an organisation with these roles cannot hand out. */
export function checkedPermissions(asked: readonly Permission[], roles: Iterable<Role>): Permission[] {
  const allowed = permissionsOf(roles);
  const beyond = asked.filter((permission) => !allowed.includes(permission));
  if (beyond.length > 0) {
    throw new Refusal('FORBIDDEN', `Your organisation cannot grant: ${beyond.join(', ')}.`, ['permissions']);
  }
  if (asked.length === 0) throw new Refusal('BAD_INPUT', 'A client holds at least one permission.', ['permissions']);
  return allowed.filter((permission) => asked.includes(permission));
}

/** A name as people write it: trimmed, 1 to 200 characters, none of them a control character. */
export function checkedName(name: string, path: string): string {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > 200 || /[\p{Cc}\p{Cs}]/u.test(trimmed)) {
    throw new Refusal('BAD_INPUT', 'A name has 1 to 200 characters and no control characters.', [path]);
  }
  return trimmed;
}

const MOST_NETWORKS = 50;

/** Networks from which a client opens, each once and in the form that the hub keeps. */
export function checkedNetworks(asked: readonly string[] | null | undefined): string[] {
  const networks = (asked ?? []).map((text, index) => {
    const network = readNetwork(text.trim());
    if (network) return networkText(network);
    const forms = '192.0.2.7, 192.0.2.0/24, 2001:db8::7 or 2001:db8::/32';
    throw new Refusal('BAD_INPUT', `This is no network, or has bits set beyond its prefix. Send ${forms}.`, [
      'networks',
      String(index),
    ]);
  });
  if (networks.length > MOST_NETWORKS) {
    throw new Refusal('BAD_INPUT', `A client opens from ${MOST_NETWORKS} networks at most.`, ['networks']);
  }
  return [...new Set(networks)];
}

const HOUR_MS = 60 * 60 * 1000;
const LONGEST_OVERLAP_MS = 30 * 24 * HOUR_MS;

/** Until when a key that was replaced still opens: 24 hours unless asked otherwise, 30 days at most. */
export function lastOpening(asked: Date | null, now: Date): Date {
  const until = asked ?? new Date(now.getTime() + 24 * HOUR_MS);
  if (until.getTime() > now.getTime() + LONGEST_OVERLAP_MS) {
    throw new Refusal('BAD_INPUT', 'The old key opens for 30 days more at most.', ['oldKeyUntil']);
  }
  return until;
}
