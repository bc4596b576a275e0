import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, newKey, rowIdOf, sha256 } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { Member } from './member.entity.ts';
import { ClientChanged, ClientCreated, ClientKeyRotated, ClientRevoked } from './organisation.facts.ts';
import type { CreateClientInput, RotateClientKeyInput, UpdateClientInput } from './organisation.inputs.ts';
import { checkedName, checkedNetworks, checkedPermissions, lastOpening } from './organisation.ts';

interface Changed extends Record<string, unknown> {
  readonly name: string;
  readonly permissions: string[];
  readonly networks: string[];
  readonly expires_at: Date | null;
}

/** An organisation's own keys: nobody else issues or ends them. */
export class ClientService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** A new key; it is in the answer and nowhere else. */
  createClient(viewer: Viewer, input: CreateClientInput): Promise<{ clientId: string; key: string; entryId: string }> {
    const permissions = checkedPermissions(input.permissions, viewer.roles);
    const name = checkedName(input.name, 'name');
    const networks = checkedNetworks(input.networks);
    return this.work.as(viewer, async (tx) => {
      const memberId = await findMember(tx, input.member);
      const key = newKey();
      const id = newId();
      await tx.query(
        `INSERT INTO client (id, organisation_id, member_id, name, permissions, key_hash, expires_at, networks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, viewer.organisationId, memberId, name, permissions, sha256(key), input.expiresAt ?? null, networks],
      );
      const row = { id: viewer.organisationId, clientId: id, name };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ClientCreated, [row]));
      return { clientId: id, key, entryId };
    });
  }

  /** Another key in place of the one of now, which opens on for a while: never more than two. */
  rotateKey(viewer: Viewer, input: RotateClientKeyInput): Promise<{ clientId: string; key: string; entryId: string }> {
    const id = rowIdOf('Client', input.client);
    const now = this.clock.now();
    const until = lastOpening(input.oldKeyUntil ?? null, now);
    return this.work.as(viewer, async (tx) => {
      const [found] = await tx.query<{ name: string; issuer: string | null }>(
        'SELECT name, issuer FROM client WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL FOR UPDATE',
        [id, viewer.organisationId],
      );
      if (!found || id === null) throw notFound(['client']);
      if (found.issuer !== null) throw new Refusal('WRONG_STATE', 'It has no key: its issuer rotates.', ['client']);
      const key = newKey();
      // The hash of now becomes the previous one by a trigger: no tenant may read hashes, not even to copy them.
      await tx.query('UPDATE client SET key_hash = $2, previous_key_until = $3, version = version + 1 WHERE id = $1', [
        id,
        sha256(key),
        until,
      ]);
      const row = { id: viewer.organisationId, clientId: id, name: found.name, oldKeyUntil: until.toISOString() };
      const entryId = await appendOne(tx, authorOf(viewer, now), draft(ClientKeyRotated, [row]));
      return { clientId: id, key, entryId };
    });
  }

  /**
   * What is given takes the place of what was; what is left out stays. Permissions only become fewer: a key of which
   * copies may be anywhere gains nothing. One that ended by its time can come back so.
   */
  updateClient(viewer: Viewer, input: UpdateClientInput): Promise<{ clientId: string; entryId: string }> {
    const id = rowIdOf('Client', input.client);
    const name = input.name == null ? null : checkedName(input.name, 'name');
    const networks = input.networks == null ? null : checkedNetworks(input.networks);
    const kept = input.permissions == null ? null : checkedPermissions(input.permissions, viewer.roles);
    return this.work.as(viewer, async (tx) => {
      const [changed] = await tx.query<Changed>(
        `UPDATE client SET name = coalesce($3, name), networks = coalesce($4, networks),
                expires_at = CASE WHEN $5 THEN $6 ELSE expires_at END, version = version + 1
          WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL
         RETURNING name, permissions, networks, expires_at`,
        [id, viewer.organisationId, name, networks, input.expiresAt !== undefined, input.expiresAt ?? null],
      );
      if (!changed || id === null) throw notFound(['client']);
      if (kept) await narrow(tx, id, changed.permissions, kept);
      const { expires_at: ends, ...now } = { ...changed, permissions: kept ?? changed.permissions };
      const row = { id: viewer.organisationId, clientId: id, ...now, expiresAt: ends?.toISOString() ?? null };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ClientChanged, [row]));
      return { clientId: id, entryId };
    });
  }

  revokeClient(viewer: Viewer, globalId: string): Promise<{ clientId: string; entryId: string }> {
    const id = rowIdOf('Client', globalId);
    return this.work.as(viewer, async (tx) => {
      const [client] = await tx.query<{ name: string }>(
        `UPDATE client SET revoked_at = $2, version = version + 1
          WHERE id = $1 AND organisation_id = $3 AND revoked_at IS NULL RETURNING name`,
        [id, this.clock.now(), viewer.organisationId],
      );
      if (!client || id === null) throw notFound(['client']);
      const row = { id: viewer.organisationId, clientId: id, name: client.name };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ClientRevoked, [row]));
      return { clientId: id, entryId };
    });
  }
}

async function narrow(tx: Tx, id: string, held: readonly string[], kept: readonly string[]): Promise<void> {
  const beyond = kept.filter((permission) => !held.includes(permission));
  if (beyond.length > 0) {
    const message = `A credential's permissions only become fewer; it does not hold: ${beyond.join(', ')}. Issue another one.`;
    throw new Refusal('FORBIDDEN', message, ['permissions']);
  }
  await tx.query('SELECT narrow_client($1, $2)', [id, kept]);
}

/** A member who is at work, by global id; null for null. */
export async function findMember(tx: Tx, globalId: string | null | undefined): Promise<string | null> {
  if (globalId == null) return null;
  const [member] = await tx.list(Member, "WHERE t.id = $1 AND t.state = 'ACTIVE'", [rowIdOf('Member', globalId)]);
  if (!member) throw notFound(['member']);
  return member.id;
}
