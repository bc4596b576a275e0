import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { newId, newKey, rowIdOf, sha256 } from '../platform/ids.ts';
import { permissionsOf, type Role, type Viewer } from '../platform/viewer.ts';
import { Organisation } from './organisation.entity.ts';
import {
  OrganisationCreated,
  OrganisationJoined,
  OrganisationReinstated,
  OrganisationSuspended,
} from './organisation.facts.ts';
import type { CreateOrganisationInput } from './organisation.inputs.ts';
import { organisationStates, type OrganisationState, type OrganisationVerb } from './organisation.states.ts';
import { checkedName, checkedRoles } from './organisation.ts';

export interface Founded {
  readonly organisationId: string;
  readonly key: string;
  readonly entryId: string;
}

interface Founding {
  readonly id: string;
  readonly name: string;
  readonly roles: Role[];
  readonly operatorId: string;
  readonly coordinatorId: string | null;
}

export class OrganisationService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** Registers an organisation and issues its first key, which is shown this once and holds all it can be allowed. */
  create(viewer: Viewer, input: CreateOrganisationInput): Promise<Founded> {
    const roles = checkedRoles(input.roles);
    const name = checkedName(input.name, 'name');
    if (input.unclaimed != null) return this.join(viewer, input.unclaimed, name, roles);
    return this.work.as(viewer, async (tx) => {
      const coordinatorId = await findCoordinator(tx, input.coordinator ?? null, ['coordinator']);
      const founding = { id: newId(), name, roles, operatorId: viewer.organisationId, coordinatorId };
      const key = await found(tx, founding);
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), created(founding));
      return { organisationId: founding.id, key, entryId };
    });
  }

  /** Somebody joins for an organisation that the hub made itself: the same row, so that feed, desk and proofs stay true. */
  private join(viewer: Viewer, globalId: string, name: string, roles: readonly Role[]): Promise<Founded> {
    if (roles.join() !== 'PROVIDER') {
      throw new Refusal('BAD_INPUT', 'An unclaimed organisation is joined as PROVIDER.', ['roles']);
    }
    return this.work.as(viewer, async (tx) => {
      const [row] = await tx.query<{ id: string; state: OrganisationState }>(
        'SELECT id, state FROM organisation WHERE id = $1 AND operator_id = $2 FOR UPDATE',
        [rowIdOf('Organisation', globalId), viewer.organisationId],
      );
      if (!row) throw notFound(['unclaimed']);
      const state = organisationStates.after(row.state, 'join', ['unclaimed']);
      await tx.query('UPDATE organisation SET name = $2, state = $3, version = version + 1 WHERE id = $1', [
        row.id,
        name,
        state,
      ]);
      const key = await issueFirstKey(tx, row.id, roles);
      const joined = draft(OrganisationJoined, [{ id: row.id, name }]);
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), joined);
      return { organisationId: row.id, key, entryId };
    });
  }

  /** The first operator of a hub; made on the machine, since nobody is there yet who could be asked. */
  createFirstOperator(name: string): Promise<Founded> {
    return this.work.asSystem(async (tx) => {
      const id = newId();
      const founding: Founding = {
        id,
        name: checkedName(name, 'name'),
        roles: ['OPERATOR'],
        operatorId: id,
        coordinatorId: null,
      };
      const key = await found(tx, founding);
      const entryId = await appendOne(tx, { actor: null, at: this.clock.now() }, created(founding));
      return { organisationId: id, key, entryId };
    });
  }

  /** Its credentials are refused from now on, open sockets included. */
  suspend(viewer: Viewer, globalId: string): Promise<{ organisationId: string; entryId: string }> {
    return this.move(viewer, globalId, 'suspend', OrganisationSuspended);
  }

  /** Its credentials open again, but for those that have ended in the meantime. */
  reinstate(viewer: Viewer, globalId: string): Promise<{ organisationId: string; entryId: string }> {
    return this.move(viewer, globalId, 'reinstate', OrganisationReinstated);
  }

  private move(viewer: Viewer, globalId: string, verb: OrganisationVerb, fact: typeof OrganisationSuspended) {
    return this.work.as(viewer, async (tx) => {
      const id = rowIdOf('Organisation', globalId);
      const [found] = await tx.query<{ id: string; state: OrganisationState }>(
        'SELECT id, state FROM organisation WHERE id = $1 AND operator_id = $2 AND id <> $2 FOR UPDATE',
        [id, viewer.organisationId],
      );
      if (!found) throw notFound(['organisation']);
      const state = organisationStates.after(found.state, verb, ['organisation']);
      await tx.query('UPDATE organisation SET state = $2, version = version + 1 WHERE id = $1', [found.id, state]);
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(fact, [{ id: found.id }]));
      return { organisationId: found.id, entryId };
    });
  }
}

const created = ({ id, name, roles }: Founding) => draft(OrganisationCreated, [{ id, name, roles }]);

async function found(tx: Tx, { id, name, roles, operatorId, coordinatorId }: Founding): Promise<string> {
  await tx.query(
    'INSERT INTO organisation (id, name, roles, listed, operator_id, coordinator_id) VALUES ($1, $2, $3, $4, $5, $6)',
    [id, name, roles, roles.includes('CERT'), operatorId, coordinatorId],
  );
  return issueFirstKey(tx, id, roles);
}

async function issueFirstKey(tx: Tx, organisationId: string, roles: readonly Role[]): Promise<string> {
  const key = newKey();
  await tx.query('INSERT INTO client (id, organisation_id, name, permissions, key_hash) VALUES ($1, $2, $3, $4, $5)', [
    newId(),
    organisationId,
    'first key',
    permissionsOf(roles),
    sha256(key),
  ]);
  return key;
}

/** A CERT that the viewer can see, by global id; null for null. Any other organisation is "not found". */
export async function findCoordinator(tx: Tx, globalId: string | null, path: string[]): Promise<string | null> {
  if (globalId === null) return null;
  const [row] = await tx.list(Organisation, "WHERE t.id = $1 AND 'CERT' = ANY (t.roles) AND t.state = 'ACTIVE'", [
    rowIdOf('Organisation', globalId),
  ]);
  if (!row) throw notFound(path);
  return row.id;
}
