import { append, appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, newKey, rowIdOf, sha256 } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { Organisation } from './organisation.entity.ts';
import { Recovery } from './recovery.entity.ts';
import {
  OrganisationRecovered,
  RecoveryBegun,
  RecoveryConfirmed,
  RecoveryIssued,
  RecoveryRefused,
} from './recovery.facts.ts';
import type { BeginRecoveryInput } from './recovery.inputs.ts';
import { OBJECTION_MS, RECOVERED, RECOVERY_MS, agreeing, checkedReason, isAnother } from './recovery.ts';
import { recoveryStates, type RecoveryVerb } from './recovery.states.ts';

type Changed = Promise<{ recoveryId: string; entryId: string }>;

/** The way back for an organisation that has lost its keys; the only one by which others issue a credential of it. */
export class RecoveryService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** Asks for one; the organisation hears it at once. */
  begin(viewer: Viewer, input: BeginRecoveryInput): Changed {
    const reason = checkedReason(input.reason);
    const now = this.clock.now();
    const endsAt = new Date(now.getTime() + RECOVERY_MS);
    const { organisationId: me, person } = agreeing(viewer);
    return this.work.as(viewer, async (tx) => {
      const [organisation] = await tx.list(
        Organisation,
        "WHERE t.id = $1 AND t.operator_id = $2 AND t.id <> $2 AND t.state = 'ACTIVE'",
        [rowIdOf('Organisation', input.organisation), me],
      );
      if (!organisation) throw notFound(['organisation']);
      const seconder = input.seconder == null ? me : await findSeconder(tx, input.seconder, organisation.id);
      const id = newId();
      const [made] = await tx.query(
        `INSERT INTO recovery (id, organisation_id, organisation_name, operator_id, operator_name, seconder_id, reason, state, begun_by, begun_at, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'BEGUN', $8, $9, $10)
         ON CONFLICT (organisation_id) WHERE state IN ('BEGUN', 'CONFIRMED') DO NOTHING RETURNING id`,
        [
          ...[id, organisation.id, organisation.name, me, viewer.organisationName, seconder],
          ...[reason, person, now, endsAt],
        ],
      );
      if (!made) throw new Refusal('CONFLICT', 'A recovery of this organisation is under way.', ['organisation']);
      const row = { id, organisation: organisation.id, reason, endsAt: endsAt.toISOString() };
      return { recoveryId: id, entryId: await appendOne(tx, authorOf(viewer, now), draft(RecoveryBegun, [row])) };
    });
  }

  /** Agrees, as the second; the day begins in which the organisation can object. */
  confirm(viewer: Viewer, globalId: string): Changed {
    const now = this.clock.now();
    const second = agreeing(viewer);
    return this.work.as(viewer, async (tx) => {
      const found = await lock(tx, globalId, 'WHERE t.id = $1 AND t.seconder_id = $2', second.organisationId);
      const state = this.stateAfter(found, 'confirm');
      const first = { organisationId: found.operatorId, person: found.begunBy };
      if (!isAnother(first, second)) {
        const message =
          'A second one must agree: another operator, or another member, both signed in. Keys do not count.';
        throw new Refusal('FORBIDDEN', message, ['recovery']);
      }
      await tx.query(
        'UPDATE recovery SET state = $2, seconder_name = $3, confirmed_by = $4, confirmed_at = $5, version = version + 1 WHERE id = $1',
        [found.id, state, viewer.organisationName, second.person, now],
      );
      const opensAt = new Date(now.getTime() + OBJECTION_MS).toISOString();
      const row = { id: found.id, opensAt, endsAt: (found.endsAt ?? now).toISOString() };
      const entryId = await appendOne(tx, authorOf(viewer, now), draft(RecoveryConfirmed, [row]));
      return { recoveryId: found.id, entryId };
    });
  }

  /** A key by which the organisation issues others; it is in the answer and nowhere else. */
  issue(
    viewer: Viewer,
    globalId: string,
  ): Promise<{ recoveryId: string; clientId: string; key: string; entryId: string }> {
    const now = this.clock.now();
    return this.work.as(viewer, async (tx) => {
      const found = await lock(tx, globalId, 'WHERE t.id = $1 AND t.operator_id = $2', viewer.organisationId);
      const state = this.stateAfter(found, 'issue');
      if (!found.opensAt || found.opensAt > now) {
        const message = `The organisation may object until ${found.opensAt?.toISOString()}: no key is issued before.`;
        throw new Refusal('WRONG_STATE', message, ['recovery']);
      }
      await tx.query(
        'UPDATE recovery SET state = $2, issued_at = $3, next_at = NULL, version = version + 1 WHERE id = $1',
        [found.id, state, now],
      );
      const { clientId, key } = await issueKey(tx, found.organisationId);
      const told = { id: found.organisationId, recovery: found.id, clientId, name: KEY_NAME };
      const [entryId = ''] = await append(tx, authorOf(viewer, now), [
        draft(RecoveryIssued, [{ id: found.id }]),
        draft(OrganisationRecovered, [told]),
      ]);
      return { recoveryId: found.id, clientId, key, entryId };
    });
  }

  /** Ends it without a key: by the organisation, who needs to say nothing, or by either operator. */
  refuse(viewer: Viewer, globalId: string): Changed {
    const now = this.clock.now();
    return this.work.as(viewer, async (tx) => {
      const mine = 'WHERE t.id = $1 AND $2 IN (t.organisation_id, t.operator_id, t.seconder_id)';
      const found = await lock(tx, globalId, mine, viewer.organisationId);
      const state = this.stateAfter(found, 'refuse');
      await tx.query('UPDATE recovery SET state = $2, next_at = NULL, version = version + 1 WHERE id = $1', [
        found.id,
        state,
      ]);
      const entryId = await appendOne(tx, authorOf(viewer, now), draft(RecoveryRefused, [{ id: found.id }]));
      return { recoveryId: found.id, entryId };
    });
  }

  /** One whose week is over has ended, also while nobody has written that down. */
  private stateAfter({ state, endsAt }: Recovery, verb: RecoveryVerb) {
    const over = endsAt !== null && endsAt <= this.clock.now();
    return recoveryStates.after(over ? 'EXPIRED' : state, verb, ['recovery']);
  }
}

const KEY_NAME = 'key after a recovery';

async function issueKey(tx: Tx, organisationId: string): Promise<{ clientId: string; key: string }> {
  const [clientId, key] = [newId(), newKey()];
  await tx.query('INSERT INTO client (id, organisation_id, name, permissions, key_hash) VALUES ($1, $2, $3, $4, $5)', [
    ...[clientId, organisationId, KEY_NAME],
    ...[RECOVERED, sha256(key)],
  ]);
  return { clientId, key };
}

async function findSeconder(tx: Tx, globalId: string, recovered: string): Promise<string> {
  const id = rowIdOf('Organisation', globalId);
  const [row] = await tx.query<{ can: boolean }>('SELECT can_second($1) AS can', [id]);
  if (id === null || !row?.can || id === recovered) throw notFound(['seconder']);
  return id;
}

async function lock(tx: Tx, globalId: string, where: string, me: string): Promise<Recovery> {
  const [found] = await tx.list(Recovery, `${where} FOR UPDATE OF t`, [rowIdOf('Recovery', globalId), me]);
  if (!found) throw notFound(['recovery']);
  return found;
}
