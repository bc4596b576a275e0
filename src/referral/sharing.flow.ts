import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ReadersAdded, ReadersRemoved } from '../triage/sharing.facts.ts';

interface Shared {
  readonly id: string;
  readonly coordinator: string;
  readonly organisation: string;
}
type Entries = readonly Recorded<Shared>[];

/**
 * Another coordinator reads these cases from now on. Under the locks of all that it then reads: whoever is writing
 * about one of these rows has committed, so that it is read, or will find the reader there, so that it is heard.
 */
export async function addReaders(clock: Clock, tx: Tx, entries: Entries): Promise<Outcome> {
  const wanted = entries.flatMap(({ rows }) => rows);
  await lockRead(tx, wanted);
  const added = await tx.query<{ id: string; organisation: string }>(
    `INSERT INTO reader (organisation_id, object_id, capacity) SELECT DISTINCT w.organisation, c.id, 'CO_COORDINATOR'
       FROM unnest($1::uuid[], $2::uuid[]) AS w(id, organisation) JOIN triage_case c ON c.id = w.id AND c.coordinator_id <> w.organisation
     ON CONFLICT DO NOTHING RETURNING object_id AS id, organisation_id AS organisation`,
    [wanted.map(({ id }) => id), wanted.map(({ organisation }) => organisation)],
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, ReadersAdded, named(wanted, added)));
  return 'done';
}

/** Another coordinator no longer reads these cases: this is the last that it hears of them. */
export async function removeReaders(clock: Clock, tx: Tx, entries: Entries): Promise<Outcome> {
  const wanted = entries.flatMap(({ rows }) => rows);
  const pairs = [wanted.map(({ id }) => id), wanted.map(({ organisation }) => organisation)];
  await lockRead(tx, wanted);
  const leaving = await tx.query<{ id: string; organisation: string }>(
    `SELECT r.object_id AS id, r.organisation_id AS organisation FROM unnest($1::uuid[], $2::uuid[]) AS w(id, organisation)
       JOIN reader r ON r.object_id = w.id AND r.organisation_id = w.organisation AND r.capacity = 'CO_COORDINATOR'`,
    pairs,
  );
  // Before they are gone, so that they hear it.
  await append(tx, theHub(clock.now()), await draftsOf(tx, ReadersRemoved, named(wanted, leaving)));
  await tx.query(
    `DELETE FROM reader r USING unnest($1::uuid[], $2::uuid[]) AS w(id, organisation)
      WHERE r.object_id = w.id AND r.organisation_id = w.organisation AND r.capacity = 'CO_COORDINATOR'`,
    pairs,
  );
  return 'done';
}

/** In the order in which every other reaction takes them. */
async function lockRead(tx: Tx, wanted: readonly Shared[]): Promise<void> {
  const ids = [wanted.map(({ id }) => id)];
  await tx.query('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', ids);
  await tx.query('SELECT FROM referral WHERE case_id = ANY ($1) ORDER BY id FOR UPDATE', ids);
  await tx.query('SELECT FROM indicator WHERE case_id = ANY ($1) ORDER BY id FOR UPDATE', ids);
}

function named(wanted: readonly Shared[], changed: readonly { id: string; organisation: string }[]) {
  const nameOf = new Map(wanted.map(({ organisation, coordinator }) => [organisation, coordinator]));
  return changed.map(({ id, organisation }) => ({ id, reader: nameOf.get(organisation) ?? '' }));
}
