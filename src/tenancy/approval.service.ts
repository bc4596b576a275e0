import { appendOne, authorOf } from '../ledger/append.ts';
import { draft, type Fact } from '../ledger/fact.ts';
import type { Act } from '../platform/api/acts.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, rowIdOf, sha256, toGlobalId } from '../platform/ids.ts';
import type { Permission, Viewer } from '../platform/viewer.ts';
import { WAITS_MS, eyesMissing, type ActPolicy } from './act.ts';
import { ActApproved, ActDeclined, ActPolicySet, ActRequested } from './approval.facts.ts';
import type { SetActPolicyInput } from './approval.inputs.ts';
import { findByInput, lockApproval, policyOf, requesterMay, type ApprovalRow } from './approval.queries.ts';
import { approvalStates } from './approval.states.ts';
import { once } from './idempotency.service.ts';

export interface Approved {
  readonly id: string;
  readonly act: Act;
  /** Enough people have looked: it is to be done. */
  readonly ready: boolean;
}

/** What an organisation demands before it acts outward, and how two people do it. */
export class ApprovalService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  policyFor(viewer: Viewer): Promise<ActPolicy> {
    return this.work.read(viewer, policyOf);
  }

  /**
   * Returns when the act may be done now. Refuses it as NEEDS_SECOND_FACTOR, or as NEEDS_APPROVAL with what others
   * approve: asked for again, the same act waits once.
   */
  async admit(viewer: Viewer, act: Act): Promise<void> {
    const { requireMfa, fourEyes } = await this.work.readForChange(viewer, policyOf);
    if (requireMfa) assertSecondFactor(viewer);
    const waiting = fourEyes ? await this.work.as(viewer, (tx) => this.request(tx, viewer, act)) : null;
    if (waiting === null) return;
    const message = 'Your organisation demands a second person: let another member approve it (approveAct).';
    throw new Refusal('NEEDS_APPROVAL', message, [], toGlobalId('Approval', waiting));
  }

  /** One person has looked. The same person never counts twice, and a key never does. */
  approve(viewer: Viewer, globalId: string, needed: readonly Permission[]): Promise<Approved> {
    const { signedIn, memberId } = viewer;
    if (!signedIn || memberId === null) {
      throw new Refusal('FORBIDDEN', 'A key approves nothing: a person does, signed in.', ['approval']);
    }
    return this.work.as(viewer, async (tx) => {
      if ((await policyOf(tx)).requireMfa) assertSecondFactor(viewer);
      const row = await this.lock(tx, viewer, globalId);
      // What was approved and may not have been done, for want of an answer, is done by whoever asks for it again.
      if (row.state === 'APPROVED') return { id: row.id, act: row, ready: true };
      this.assertWaiting(row, 'approve');
      if (row.member_id === memberId)
        throw new Refusal('FORBIDDEN', 'You asked for it: another person approves.', ['approval']);
      if (row.approvers.includes(memberId))
        throw new Refusal('CONFLICT', 'You have approved it: another person must too.', ['approval']);
      if (!(await requesterMay(tx, row, needed, this.clock.now()))) {
        throw new Refusal('WRONG_STATE', 'Who asked for it may not any more.', ['approval']);
      }
      const approvers = [...row.approvers, memberId];
      const ready = eyesMissing(row.member_id, approvers) === 0;
      await tx.query('UPDATE approval SET approvers = $2, state = $3, version = version + 1 WHERE id = $1', [
        ...[row.id, approvers, ready ? approvalStates.after(row.state, 'approve') : row.state],
      ]);
      await this.tell(tx, viewer, ActApproved, row);
      return { id: row.id, act: row, ready };
    });
  }

  /** It will not be done; also for who asked. */
  decline(viewer: Viewer, globalId: string): Promise<{ id: string; entryId: string }> {
    return this.work.as(viewer, async (tx) => {
      const row = await this.lock(tx, viewer, globalId);
      this.assertWaiting(row, 'decline');
      const state = approvalStates.after(row.state, 'decline', ['approval']);
      await tx.query('UPDATE approval SET state = $2, version = version + 1 WHERE id = $1', [row.id, state]);
      return { id: row.id, entryId: await this.tell(tx, viewer, ActDeclined, row) };
    });
  }

  setPolicy(viewer: Viewer, input: SetActPolicyInput): Promise<{ entryId: string }> {
    const { idempotencyKey: key, requireMfa, fourEyes } = input;
    const asked = { requireMfa, fourEyes };
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key, operation: 'setActPolicy', input: asked }, async () => {
        if (fourEyes) await assertTwoPeople(tx, viewer);
        await tx.query(
          `INSERT INTO act_policy AS p (organisation_id, require_mfa, four_eyes) VALUES ($1, $2, $3)
           ON CONFLICT (organisation_id) DO UPDATE SET require_mfa = $2, four_eyes = $3, version = p.version + 1`,
          [viewer.organisationId, requireMfa, fourEyes],
        );
        const row = { id: viewer.organisationId, ...asked };
        const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ActPolicySet, [row]));
        return { entryId };
      }),
    );
  }

  /** The id of what waits; null once it was approved. */
  private async request(tx: Tx, viewer: Viewer, { verb, input }: Act): Promise<string | null> {
    const { organisationId, clientId, memberId, signedIn } = viewer;
    const [now, hash] = [this.clock.now(), sha256(verb, ' ', input)];
    const known = await findByInput(tx, organisationId, hash, now);
    if (known) return known.state === 'APPROVED' ? null : known.id;
    const row = { id: newId(), verb, input, input_hash: hash, member_id: signedIn ? memberId : null };
    await tx.query(
      `INSERT INTO approval (id, organisation_id, verb, input, input_hash, client_id, member_id, requested_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ...[row.id, organisationId, verb, input, hash, clientId, row.member_id],
        ...[now, new Date(now.getTime() + WAITS_MS)],
      ],
    );
    await this.tell(tx, viewer, ActRequested, row);
    return row.id;
  }

  private async lock(tx: Tx, { organisationId }: Viewer, globalId: string): Promise<ApprovalRow> {
    const row = await lockApproval(tx, organisationId, rowIdOf('Approval', globalId));
    if (!row) throw notFound(['approval']);
    return row;
  }

  private assertWaiting({ state, expires_at: until }: ApprovalRow, verb: 'approve' | 'decline'): void {
    approvalStates.after(state, verb, ['approval']);
    if (until <= this.clock.now()) {
      throw new Refusal('WRONG_STATE', 'It waited for 24 hours: let it be asked for anew.', ['approval']);
    }
  }

  private tell(tx: Tx, viewer: Viewer, fact: Fact<Told>, row: Pick<ApprovalRow, 'id' | 'verb' | 'input_hash'>) {
    const told = {
      ...{ id: viewer.organisationId, approvalId: row.id, verb: row.verb },
      ...{ inputHash: row.input_hash.toString('hex'), memberId: viewer.signedIn ? viewer.memberId : null },
    };
    return appendOne(tx, authorOf(viewer, this.clock.now()), draft(fact, [told]));
  }
}

interface Told {
  id: string;
  approvalId: string;
  verb: string;
  inputHash: string;
  memberId: string | null;
}

/** A machine has no second factor, and needs none here; a person has, and a key of hers cannot show it. */
function assertSecondFactor({ memberId, signedIn }: Viewer): void {
  if (memberId === null || signedIn?.secondFactor) return;
  const message = 'Your organisation demands a second factor for this: sign in again at /auth/sign-in?strong.';
  throw new Refusal('NEEDS_SECOND_FACTOR', message);
}

/** With one alone nothing could ever be approved, and the demand itself not be lifted. */
async function assertTwoPeople(tx: Tx, { organisationId }: Viewer): Promise<void> {
  const people = await tx.query(
    "SELECT FROM member WHERE organisation_id = $1 AND state = 'ACTIVE' AND issuer IS NOT NULL AND 'organisation:manage' = ANY (granted) LIMIT 2",
    [organisationId],
  );
  if (people.length === 2) return;
  const message = 'Four eyes need two members who have joined and hold ORGANISATION_MANAGE.';
  throw new Refusal('WRONG_STATE', message, ['fourEyes']);
}
