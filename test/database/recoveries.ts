import { endRecoveries } from '../../src/tenancy/recovery.flow.ts';
import { RecoveryService } from '../../src/tenancy/recovery.service.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import type { Viewer } from '../../src/platform/viewer.ts';
import type { Party, World } from '../support/world.ts';

const HOUR = 3_600_000;

/** Recoveries that come to each of their ends, and one that waits; a day and a week go by for the hub's service alone. */
export async function recoverSome(world: World): Promise<void> {
  const { work } = world.hub.app;
  const after = (hours: number) => new Date(Date.now() + hours * HOUR);
  const serviceAfter = (hours: number) => new RecoveryService(work, { now: () => after(hours) });
  const [today, tomorrow] = [serviceAfter(0), serviceAfter(25)];
  const second = await world.organisation(['OPERATOR']);
  const [operator, seconder] = [await viewerOf(world, world.operator), await viewerOf(world, second)];
  for (const end of ['EXPIRED', 'ISSUED', 'REFUSED', 'NONE']) {
    const { id: organisation } = await world.organisation(['AUTHORITY']);
    const { recoveryId } = await today.begin(operator, { organisation, seconder: second.id, reason: 'They called.' });
    const recovery = toGlobalId('Recovery', recoveryId);
    if (end !== 'NONE') await today.confirm(seconder, recovery);
    if (end === 'ISSUED') await tomorrow.issue(operator, recovery);
    if (end === 'REFUSED') await today.refuse(seconder, recovery);
    if (end === 'EXPIRED') await work.asSystem((tx) => endRecoveries(tx, after(169)));
  }
}

async function viewerOf({ hub }: World, { key }: Party): Promise<Viewer> {
  const viewer = await hub.app.authenticator.viewerOf(`Bearer ${key}`, null);
  if (!viewer) throw new Error('Its key opens nothing.');
  return viewer;
}
