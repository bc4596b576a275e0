export const ROLES = ['VENDOR', 'CERT', 'PROVIDER', 'AUTHORITY', 'OPERATOR'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Everything a credential can be allowed. The list is closed and documented in docs/permissions.md; which role of
 * organisation may hand out which is said in `PERMISSIONS_OF_ROLE`.
 */
export const PERMISSIONS = [
  'reports:submit',
  'reports:read',
  'cases:read',
  'cases:decide',
  'inbox:read',
  'inbox:answer',
  'desk',
  'events:read',
  'claims:manage',
  'organisation:manage',
  'hub:operate',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const EVERYONE: readonly Permission[] = ['events:read', 'organisation:manage'];

export const PERMISSIONS_OF_ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  VENDOR: [...EVERYONE, 'reports:submit', 'reports:read'],
  CERT: [...EVERYONE, 'reports:submit', 'reports:read', 'cases:read', 'cases:decide'],
  PROVIDER: [...EVERYONE, 'inbox:read', 'inbox:answer', 'desk', 'claims:manage'],
  AUTHORITY: [...EVERYONE],
  OPERATOR: [...EVERYONE, 'hub:operate'],
};

/** How a person came in: by a session of a browser, and not by a key that anybody may hold. */
export interface SignedIn {
  readonly sessionId: string;
  /** Whether the provider says that she proved herself by more than one thing (RFC 8176 `mfa`, or an agreed `acr`). */
  readonly secondFactor: boolean;
}

/** Who is asking now. Built from a credential at the door and handed down; nothing below asks the token again. */
export interface Viewer {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly roles: ReadonlySet<Role>;
  /** The key or link that asks; the member herself where she is signed in. */
  readonly clientId: string;
  readonly memberId: string | null;
  readonly permissions: ReadonlySet<Permission>;
  /** Of a session; nothing for a machine, or for a member by a key of hers. */
  readonly signedIn?: SignedIn | null;
  /** When its request must be done (`performance.now()`); without: it takes what it takes. */
  readonly until?: number;
}

/** Every permission that an organisation with these roles may hand out, in the order of the list. */
export function permissionsOf(roles: Iterable<Role>): Permission[] {
  const allowed = new Set([...roles].flatMap((role) => PERMISSIONS_OF_ROLE[role]));
  return PERMISSIONS.filter((permission) => allowed.has(permission));
}
