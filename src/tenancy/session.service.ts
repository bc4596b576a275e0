import { appendOne, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, sha256 } from '../platform/ids.ts';
import { MemberJoined } from './organisation.facts.ts';
import { IDLE_MS, LASTS_MS, looksLikeSecret, newSecret, type Person } from './session.ts';

/** For whom a person can act: one of these at a time. */
export interface Membership {
  readonly memberId: string;
  readonly organisationId: string;
  readonly organisationName: string;
}

/** What she came for: her first sign-in with an invitation, or to act for one organisation of several. */
export interface Wish {
  readonly invitation: string | null;
  /** Row id. Null: the only one. */
  readonly organisationId: string | null;
}

export type Opened = { readonly session: string; readonly endsAt: Date } | { readonly choice: readonly Membership[] };

/** Sessions of people, opened and ended by the hub itself: before one is open there is no tenant who could. */
export class Sessions {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /**
   * A new session for whom the provider says it is, or the organisations to choose among. `before`, the session that
   * the same browser had, ends. Refuses who is no member, and an invitation that does not stand.
   */
  signIn(person: Person, wish: Wish, before: string | null): Promise<Opened> {
    return this.work.asSystem(async (tx) => {
      const joined = wish.invitation === null ? null : await this.join(tx, person, wish.invitation);
      const standing = joined ? [joined] : await membershipsOf(tx, person, wish.organisationId);
      const [only, ...others] = standing;
      if (!only)
        throw new Refusal('NOT_FOUND', 'Nobody here has invited you: ask your organisation for an invitation.');
      if (others.length > 0) return { choice: standing };
      if (before !== null) await endOne(tx, before);
      return this.open(tx, person, only);
    });
  }

  /** Signed out: at once, on every node. */
  async end(session: string): Promise<void> {
    await this.work.asSystem((tx) => endOne(tx, session));
  }

  /** Binds the member who was invited to the person who shows the invitation; once, whoever shows it again. */
  private async join(tx: Tx, { issuer, subject }: Person, invitation: string): Promise<Membership> {
    const now = this.clock.now();
    const [member] = await tx.query<{ id: string; organisation_id: string; organisation_name: string }>(
      `SELECT m.id, m.organisation_id, o.name AS organisation_name FROM member m JOIN organisation o ON o.id = m.organisation_id
        WHERE m.invitation_hash = $1 AND m.invitation_until > $2 AND m.state = 'ACTIVE' AND o.state = 'ACTIVE' FOR UPDATE OF m`,
      [looksLikeSecret(invitation) ? sha256(invitation) : null, now],
    );
    if (!member) throw notFound(['invitation']);
    const [twin] = await tx.query(
      "SELECT FROM member WHERE organisation_id = $1 AND issuer = $2 AND subject = $3 AND state <> 'REMOVED'",
      [member.organisation_id, issuer, subject],
    );
    if (twin) throw new Refusal('CONFLICT', 'You are a member there already.', ['invitation']);
    await tx.query(
      `UPDATE member SET issuer = $2, subject = $3, invitation_hash = NULL, invitation_until = NULL, version = version + 1
        WHERE id = $1`,
      [member.id, issuer, subject],
    );
    const row = { id: member.organisation_id, memberId: member.id, issuer, subject };
    await appendOne(tx, theHub(now), draft(MemberJoined, [row]));
    return {
      memberId: member.id,
      organisationId: member.organisation_id,
      organisationName: member.organisation_name,
    };
  }

  private async open(tx: Tx, { acr, secondFactor }: Person, { memberId, organisationId }: Membership) {
    const now = this.clock.now();
    const [session, endsAt] = [newSecret(), new Date(now.getTime() + LASTS_MS)];
    await tx.query('DELETE FROM session WHERE ends_at < $1', [now]);
    await tx.query(
      `INSERT INTO session (id, organisation_id, member_id, hash, acr, second_factor, started_at, seen_at, ends_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
      [newId(), organisationId, memberId, sha256(session), acr?.slice(0, 255) ?? null, secondFactor, now, endsAt],
    );
    return { session, endsAt };
  }
}

async function membershipsOf(tx: Tx, { issuer, subject }: Person, of: string | null): Promise<Membership[]> {
  const rows = await tx.query<{ id: string; organisation_id: string; organisation_name: string }>(
    `SELECT m.id, m.organisation_id, o.name AS organisation_name FROM member m JOIN organisation o ON o.id = m.organisation_id
      WHERE m.issuer = $1 AND m.subject = $2 AND m.state = 'ACTIVE' AND o.state = 'ACTIVE'
        AND ($3::uuid IS NULL OR o.id = $3) ORDER BY m.id`,
    [issuer, subject, of],
  );
  return rows.map(({ id: memberId, organisation_id: organisationId, organisation_name: organisationName }) => ({
    memberId,
    organisationId,
    organisationName,
  }));
}

async function endOne(tx: Tx, session: string): Promise<void> {
  await tx.query('DELETE FROM session WHERE hash = $1', [sha256(session)]);
}

/** Whether the session by which a tenant asks stands in this very snapshot. */
export async function sessionHolds(tx: Tx, sessionId: string, at: Date): Promise<boolean> {
  const [found] = await tx.query<{ holds: boolean }>("SELECT session_holds($1, $2, $3 * interval '1 ms') AS holds", [
    sessionId,
    at.toISOString(),
    IDLE_MS,
  ]);
  return found?.holds ?? false;
}
