import type { Tx } from '../platform/database/tx.ts';
import type { Permission } from '../platform/viewer.ts';
import type { ActPolicy } from './act.ts';
import type { ApprovalState } from './approval.states.ts';

export interface ApprovalRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly verb: string;
  readonly input: string;
  readonly input_hash: Buffer;
  readonly client_id: string;
  /** Of a request at a browser. */
  readonly member_id: string | null;
  readonly state: ApprovalState;
  readonly approvers: readonly string[];
  readonly expires_at: Date;
}

/** What the tenant of the transaction demands; nothing where it has never said. */
export async function policyOf(tx: Tx): Promise<ActPolicy> {
  const [row] = await tx.query<{ require_mfa: boolean; four_eyes: boolean }>(
    'SELECT require_mfa, four_eyes FROM act_policy WHERE organisation_id = me()',
  );
  return { requireMfa: row?.require_mfa ?? false, fourEyes: row?.four_eyes ?? false };
}

/** The latest request for exactly this that still counts. Two who ask at once wait for each other. */
export async function findByInput(
  tx: Tx,
  organisationId: string,
  hash: Buffer,
  now: Date,
): Promise<Pick<ApprovalRow, 'id' | 'state'> | undefined> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 2))', [
    `${organisationId} ${hash.toString('hex')}`,
  ]);
  const [found] = await tx.query<Pick<ApprovalRow, 'id' | 'state'> & object>(
    `SELECT id, state FROM approval WHERE organisation_id = $1 AND input_hash = $2 AND expires_at > $3
        AND state <> 'DECLINED' ORDER BY requested_at DESC, id DESC LIMIT 1`,
    [organisationId, hash, now],
  );
  return found;
}

export async function lockApproval(
  tx: Tx,
  organisationId: string,
  id: string | null,
): Promise<ApprovalRow | undefined> {
  const [row] = await tx.query<ApprovalRow & object>(
    `SELECT id, organisation_id, verb, input, input_hash, client_id, member_id, state, approvers, expires_at
       FROM approval WHERE id = $1 AND organisation_id = $2 FOR UPDATE`,
    [id, organisationId],
  );
  return row;
}

/** Whether who asked is still there and still holds one of the permissions that the act needs. */
export async function requesterMay(
  tx: Tx,
  { organisation_id: organisation, client_id: client, member_id: member }: ApprovalRow,
  needed: readonly Permission[],
  now: Date,
): Promise<boolean> {
  const [row] = await tx.query<{ may: boolean }>(
    `SELECT CASE WHEN $2::uuid IS NOT NULL THEN EXISTS (SELECT FROM member m
              WHERE m.id = $2 AND m.organisation_id = $1 AND m.state = 'ACTIVE' AND m.granted && $4)
       ELSE EXISTS (SELECT FROM client c LEFT JOIN member m ON m.organisation_id = c.organisation_id AND m.id = c.member_id
              WHERE c.id = $3 AND c.organisation_id = $1 AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $5)
                AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' AND c.permissions && $4) END AS may`,
    [organisation, member, client, needed, now],
  );
  return row?.may ?? false;
}
