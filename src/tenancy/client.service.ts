import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, newKey, rowIdOf, sha256 } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { ClientCreated, ClientRevoked, MemberInvited, MemberRemoved } from './organisation.facts.ts';
import type { CreateClientInput, InviteMemberInput } from './organisation.inputs.ts';
import { checkedName, checkedPermissions } from './organisation.ts';

/** An organisation's own people and keys: nobody else issues or ends them. */
export class ClientService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** A new key; it is in the answer and nowhere else. */
  createClient(viewer: Viewer, input: CreateClientInput): Promise<{ clientId: string; key: string; entryId: string }> {
    const permissions = checkedPermissions(input.permissions, viewer.roles);
    const name = checkedName(input.name, 'name');
    return this.work.as(viewer, async (tx) => {
      const member = await tx.query<{ id: string }>("SELECT id FROM member WHERE id = $1 AND state = 'ACTIVE'", [
        rowIdOf('Member', input.member),
      ]);
      if (input.member != null && member.length === 0) throw notFound(['member']);
      const key = newKey();
      const id = newId();
      await tx.query(
        `INSERT INTO client (id, organisation_id, member_id, name, permissions, key_hash, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, viewer.organisationId, member[0]?.id ?? null, name, permissions, sha256(key), input.expiresAt ?? null],
      );
      const row = { id: viewer.organisationId, clientId: id, name };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ClientCreated, [row]));
      return { clientId: id, key, entryId };
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

  inviteMember(viewer: Viewer, input: InviteMemberInput): Promise<{ memberId: string; entryId: string }> {
    const name = checkedName(input.name, 'name');
    if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(input.email) || /[\p{Cc}\p{Cs}]/u.test(input.email)) {
      throw new Refusal('BAD_INPUT', 'This is not an e-mail address.', ['email']);
    }
    return this.work.as(viewer, async (tx) => {
      const id = newId();
      const [made] = await tx.query(
        `INSERT INTO member (id, organisation_id, name, email) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation_id, lower(email)) WHERE state = 'ACTIVE' DO NOTHING RETURNING id`,
        [id, viewer.organisationId, name, input.email],
      );
      if (!made) throw new Refusal('CONFLICT', 'A member with this address is already here.', ['email']);
      const row = { id: viewer.organisationId, memberId: id };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(MemberInvited, [row]));
      return { memberId: id, entryId };
    });
  }

  /** Ends the membership, and with it every key that acted for the member. */
  removeMember(viewer: Viewer, globalId: string): Promise<{ memberId: string; entryId: string }> {
    const id = rowIdOf('Member', globalId);
    return this.work.as(viewer, async (tx) => {
      const [gone] = await tx.query(
        `UPDATE member SET state = 'REMOVED', version = version + 1
          WHERE id = $1 AND organisation_id = $2 AND state = 'ACTIVE' RETURNING id`,
        [id, viewer.organisationId],
      );
      if (!gone || id === null) throw notFound(['member']);
      const row = { id: viewer.organisationId, memberId: id };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(MemberRemoved, [row]));
      return { memberId: id, entryId };
    });
  }
}
