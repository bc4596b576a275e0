import type { DataSource } from 'typeorm';

import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/ids.ts';
import { isWithin, readNetwork, type Network } from '../platform/network.ts';
import { permissionsOf, type Permission, type Role, type SignedIn, type Viewer } from '../platform/viewer.ts';
import { TokenError, type AccessTokens } from './access-token.service.ts';
import type { ClientUse } from './client-use.service.ts';
import { IDLE_MS, looksLikeSecret } from './session.ts';

interface Holder {
  client_id: string;
  member_id: string | null;
  organisation_id: string;
  organisation_name: string;
  roles: Role[];
  permissions: Permission[];
  expires_at: Date | null;
  networks: string[];
}

interface Seated extends Omit<Holder, 'client_id' | 'member_id' | 'networks'> {
  session_id: string;
  second_factor: boolean;
  member_id: string;
}

interface Remembered {
  readonly viewer: Viewer | null;
  /** From where alone it opens; none: from everywhere. */
  readonly networks: readonly Network[];
  readonly until: number;
}

/** How long a credential's answer is believed. One that was revoked is refused after this at the latest. */
const BELIEVED_MS = 5_000;
const MOST_REMEMBERED = 10_000;

const KEY = /^tocsin_[\w-]{20,100}$/;

/** Turns a key, an access token, or a session, into a viewer. */
export class Authenticator {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly app: DataSource,
    private readonly clock: Clock,
    private readonly tokens: AccessTokens,
    private readonly use: ClientUse,
  ) {}

  /**
   * The viewer of an `Authorization` header that came from this address, or null: missing, unknown, expired, revoked,
   * suspended, and from an address that the client does not open from, are one answer. Throws a Denial while nobody can
   * say, because the keys of a token's issuer are not known yet.
   */
  async viewerOf(authorization: string | undefined, from: string | null): Promise<Viewer | null> {
    const credential = /^Bearer ([\w.-]{20,10000})$/.exec(authorization ?? '')?.[1];
    if (!credential) return null;
    const { viewer, networks } = await this.holderOf(credential);
    if (!viewer || (networks.length > 0 && !isWithin(from, networks))) return null;
    this.use.note(viewer.clientId);
    return viewer;
  }

  private async holderOf(credential: string): Promise<Remembered> {
    const hash = sha256(credential);
    const name = hash.toString('base64');
    const now = this.clock.now().getTime();
    const known = this.remembered.get(name);
    if (known && known.until > now) return known;
    const holder = KEY.test(credential) ? await this.byKey(hash) : await this.byToken(credential);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    const expires = holder?.expires_at?.getTime() ?? Infinity;
    const viewer = holder ? toViewer(holder) : null;
    const networks = holder?.networks.map(toNetwork) ?? [];
    const found = { viewer, networks, until: Math.min(now + BELIEVED_MS, expires) };
    this.remembered.set(name, found);
    return found;
  }

  /**
   * The viewer of a session, or null. Asked of the database each time: who was removed or has signed out is out at once.
   * `used`: by the person herself, which keeps it from falling idle.
   */
  async viewerOfSession(session: string, used: boolean): Promise<Viewer | null> {
    if (!looksLikeSecret(session)) return null;
    const [seated] = await this.app.query<Seated[]>(
      "SELECT * FROM authenticate_session($1, $2, $3 * interval '1 ms', $4)",
      [sha256(session), this.clock.now(), IDLE_MS, used],
    );
    if (!seated) return null;
    const { session_id: sessionId, second_factor: secondFactor, member_id: member, ...holder } = seated;
    const allowed = permissionsOf(seated.roles);
    const permissions = allowed.filter((permission) => seated.permissions.includes(permission));
    return toViewer({ ...holder, client_id: member, member_id: member, permissions }, { sessionId, secondFactor });
  }

  private async byKey(hash: Buffer): Promise<Holder | undefined> {
    const [holder] = await this.app.query<Holder[]>('SELECT * FROM authenticate($1, $2)', [hash, this.clock.now()]);
    return holder;
  }

  /** As the client that the token was linked to, and for no longer and no more than both allow. */
  private async byToken(token: string): Promise<Holder | undefined> {
    const issued = await this.tokens.read(token).catch((error: unknown) => {
      if (error instanceof TokenError) return undefined;
      throw error;
    });
    if (!issued) return undefined;
    const [holder] = await this.app.query<Holder[]>('SELECT * FROM authenticate_issued($1, $2, $3, $4)', [
      issued.issuer,
      issued.clientId,
      issued.subject,
      this.clock.now(),
    ]);
    if (!holder) return undefined;
    const { expires_at: ends, permissions } = holder;
    return {
      ...holder,
      permissions: permissions.filter((permission) => issued.permissions?.includes(permission) ?? true),
      expires_at: ends && ends < issued.expiresAt ? ends : issued.expiresAt,
    };
  }
}

/** The hub wrote it: one that it cannot read must not come to mean "from everywhere". */
function toNetwork(text: string): Network {
  const network = readNetwork(text);
  if (!network) throw new Error(`A client opens from "${text}", which is no network.`);
  return network;
}

function toViewer(holder: Omit<Holder, 'networks'>, signedIn: SignedIn | null = null): Viewer {
  return {
    organisationId: holder.organisation_id,
    organisationName: holder.organisation_name,
    roles: new Set(holder.roles),
    clientId: holder.client_id,
    memberId: holder.member_id,
    permissions: new Set(holder.permissions),
    signedIn,
  };
}
