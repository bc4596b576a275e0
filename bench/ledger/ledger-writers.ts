import { systemClock } from '../../src/platform/clock.ts';
import { newId, newKey, sha256 } from '../../src/platform/ids.ts';
import type { Viewer } from '../../src/platform/viewer.ts';
import { ClientService } from '../../src/tenancy/client.service.ts';
import type { LedgerPlace } from './ledger-place.ts';
import { rate } from '../support/measure.ts';

const AT_ONCE = 8;

/** So many writes, eight at a time, each in the name of the next organisation; writes a second. */
function write(place: LedgerPlace, count: number, one: (viewer: Viewer, name: string) => Promise<unknown>) {
  let next = 0;
  const writer = async () => {
    for (let n = next++; n < count; n = next++) {
      const viewer = place.viewers[n % place.viewers.length];
      if (viewer) await one(viewer, `key ${n}`);
    }
  };
  return rate(count, () => Promise.all(Array.from({ length: AT_ONCE }, writer)));
}

/** A key is issued, as the API does it. */
export function writeLogged(place: LedgerPlace, count: number): Promise<number> {
  const clients = new ClientService(place.work, systemClock);
  return write(place, count, (viewer, name) => clients.createClient(viewer, { name, permissions: ['events:read'] }));
}

/** The same row with the same policies, nothing said of it, and nobody who minds. */
export async function writeUnlogged(place: LedgerPlace, count: number): Promise<number> {
  const { admin, work } = place;
  await admin.query('ALTER TABLE client DISABLE TRIGGER logged');
  const written = await write(place, count, (viewer, name) =>
    work.as(viewer, (tx) =>
      tx.query(
        `INSERT INTO client (id, organisation_id, member_id, name, permissions, key_hash, expires_at, networks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [newId(), viewer.organisationId, null, name, ['events:read'], sha256(newKey()), null, []],
      ),
    ),
  );
  await admin.query('ALTER TABLE client ENABLE TRIGGER logged');
  return written;
}
