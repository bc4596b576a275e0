import { appendOne, authorOf } from '../ledger/append.ts';
import { draft, type Fact } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, rowIdOf, sha256 } from '../platform/ids.ts';
import { permissionsOf, type Viewer } from '../platform/viewer.ts';
import { once } from './idempotency.service.ts';
import type { GrantPermissionsInput, InviteMemberInput } from './member.inputs.ts';
import { memberStates, type MemberState, type MemberVerb } from './member.states.ts';
import {
  InvitationRenewed,
  MemberGranted,
  MemberInvited,
  MemberReinstated,
  MemberRemoved,
  MemberSuspended,
} from './organisation.facts.ts';
import { checkedName, checkedPermissions } from './organisation.ts';
import { INVITED_MS, newSecret } from './session.ts';

export interface Invited {
  readonly memberId: string;
  /** What she shows when she signs in for the first time; it is in this answer and nowhere else. */
  readonly invitation: string;
  readonly entryId: string;
}

type Changed = Promise<{ memberId: string; entryId: string }>;

interface Found {
  readonly id: string;
  readonly state: MemberState;
  readonly issuer: string | null;
}

/** An organisation's own people: nobody else invites them, says what they may do, or ends them. */
export class MemberService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** A member who may do nothing yet. Her address is how she is told, and no proof of who she is. */
  invite(viewer: Viewer, input: InviteMemberInput): Promise<Invited> {
    const name = checkedName(input.name, 'name');
    if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(input.email) || /[\p{Cc}\p{Cs}]/u.test(input.email)) {
      throw new Refusal('BAD_INPUT', 'This is not an e-mail address.', ['email']);
    }
    return this.work.as(viewer, async (tx) => {
      const { id, invitation } = { id: newId(), invitation: newSecret() };
      const [made] = await tx.query(
        `INSERT INTO member (id, organisation_id, name, email, invitation_hash, invitation_until) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organisation_id, lower(email)) WHERE state <> 'REMOVED' DO NOTHING RETURNING id`,
        [id, viewer.organisationId, name, input.email, sha256(invitation), this.invitedUntil()],
      );
      if (!made) throw new Refusal('CONFLICT', 'A member with this address is already here.', ['email']);
      return { memberId: id, invitation, entryId: await this.tell(tx, viewer, MemberInvited, id) };
    });
  }

  /** Another invitation in place of the one before, for who has not joined. */
  renewInvitation(viewer: Viewer, globalId: string): Promise<Invited> {
    return this.work.as(viewer, async (tx) => {
      const { id, state, issuer } = await lockMember(tx, viewer, globalId);
      if (issuer !== null || state !== 'ACTIVE') {
        throw new Refusal('WRONG_STATE', 'Only who has not joined is invited again.', ['member']);
      }
      const invitation = newSecret();
      await tx.query(
        'UPDATE member SET invitation_hash = $2, invitation_until = $3, version = version + 1 WHERE id = $1',
        [id, sha256(invitation), this.invitedUntil()],
      );
      return { memberId: id, invitation, entryId: await this.tell(tx, viewer, InvitationRenewed, id) };
    });
  }

  /** Only to who has joined: before, nobody knows who will come with the invitation. */
  grant(viewer: Viewer, input: GrantPermissionsInput): Changed {
    const { idempotencyKey: key, ...asked } = input;
    const allowed = permissionsOf(viewer.roles);
    const permissions = asked.permissions.length === 0 ? [] : checkedPermissions(asked.permissions, viewer.roles);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key, operation: 'grantPermissions', input: { ...asked, permissions } }, async () => {
        const { id, issuer } = await lockMember(tx, viewer, input.member);
        if (issuer === null) throw new Refusal('WRONG_STATE', 'She has not joined yet.', ['member']);
        const granted = allowed.filter((permission) => permissions.includes(permission));
        await tx.query('UPDATE member SET granted = $2, version = version + 1 WHERE id = $1', [id, granted]);
        const row = { id: viewer.organisationId, memberId: id, permissions: granted };
        const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(MemberGranted, [row]));
        return { memberId: id, entryId };
      }),
    );
  }

  /** Her sessions and keys open nothing until she is reinstated. */
  suspend(viewer: Viewer, globalId: string): Changed {
    return this.move(viewer, globalId, 'suspend', MemberSuspended);
  }

  reinstate(viewer: Viewer, globalId: string): Changed {
    return this.move(viewer, globalId, 'reinstate', MemberReinstated);
  }

  /** Ends the membership, and with it every session and key that acted for the member. */
  remove(viewer: Viewer, globalId: string): Changed {
    return this.move(viewer, globalId, 'remove', MemberRemoved);
  }

  private move(viewer: Viewer, globalId: string, verb: MemberVerb, fact: typeof MemberRemoved): Changed {
    return this.work.as(viewer, async (tx) => {
      const member = await lockMember(tx, viewer, globalId);
      const state = memberStates.after(member.state, verb, ['member']);
      await tx.query('UPDATE member SET state = $2, version = version + 1 WHERE id = $1', [member.id, state]);
      return { memberId: member.id, entryId: await this.tell(tx, viewer, fact, member.id) };
    });
  }

  private tell(tx: Tx, viewer: Viewer, fact: Fact<{ id: string; memberId: string }>, memberId: string) {
    const row = { id: viewer.organisationId, memberId };
    return appendOne(tx, authorOf(viewer, this.clock.now()), draft(fact, [row]));
  }

  private invitedUntil(): Date {
    return new Date(this.clock.now().getTime() + INVITED_MS);
  }
}

/** A member of the viewer's own who was not removed. */
async function lockMember(tx: Tx, { organisationId }: Viewer, globalId: string): Promise<Found> {
  const [member] = await tx.query<Found & object>(
    "SELECT id, state, issuer FROM member WHERE id = $1 AND organisation_id = $2 AND state <> 'REMOVED' FOR UPDATE",
    [rowIdOf('Member', globalId), organisationId],
  );
  if (!member) throw notFound(['member']);
  return member;
}
