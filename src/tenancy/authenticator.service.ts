import type { DataSource } from 'typeorm';

import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/ids.ts';
import type { Permission, Role, Viewer } from '../platform/viewer.ts';

interface Holder {
  client_id: string;
  member_id: string | null;
  organisation_id: string;
  organisation_name: string;
  roles: Role[];
  permissions: Permission[];
  expires_at: Date | null;
}

interface Remembered {
  readonly viewer: Viewer | null;
  readonly until: number;
}

/** How long a key's answer is believed. A revoked key is refused after this at the latest. */
const BELIEVED_MS = 5_000;
const MOST_REMEMBERED = 10_000;

/** Turns a key into a viewer. */
export class Authenticator {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly app: DataSource,
    private readonly clock: Clock,
  ) {}

  /** The viewer of an `Authorization` header, or null: missing, unknown, expired, revoked, suspended are one answer. */
  async viewerOf(authorization: string | undefined): Promise<Viewer | null> {
    const key = /^Bearer (tocsin_[\w-]{20,100})$/.exec(authorization ?? '')?.[1];
    if (!key) return null;
    const hash = sha256(key);
    const name = hash.toString('base64');
    const now = this.clock.now().getTime();
    const known = this.remembered.get(name);
    if (known && known.until > now) return known.viewer;
    const [holder] = await this.app.query<Holder[]>('SELECT * FROM authenticate($1, $2)', [hash, this.clock.now()]);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    const expires = holder?.expires_at?.getTime() ?? Infinity;
    this.remembered.set(name, {
      viewer: holder ? toViewer(holder) : null,
      until: Math.min(now + BELIEVED_MS, expires),
    });
    return holder ? toViewer(holder) : null;
  }
}

function toViewer(holder: Holder): Viewer {
  return {
    organisationId: holder.organisation_id,
    organisationName: holder.organisation_name,
    roles: new Set(holder.roles),
    clientId: holder.client_id,
    memberId: holder.member_id,
    permissions: new Set(holder.permissions),
  };
}
