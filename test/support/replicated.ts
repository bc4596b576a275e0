import { vi } from 'vitest';

import type { LookReason } from '../../src/platform/database/replica/replica.ts';
import { startTestServer } from './postgres.ts';
import { FOLLOWED, Standby } from './standby.ts';
import { createWorld, type Party, type World } from './world.ts';

const PATIENCE = { timeout: 9_000, interval: 20 };

/** A primary that tests' databases are made on, and a standby of it. */
export async function startPair() {
  const server = await startTestServer(FOLLOWED);
  const standby = await Standby.of(server.postgres);
  const stop = async () => {
    await standby.stop();
    await server.stop();
  };
  return { server, standby, stop };
}
export type Pair = Awaited<ReturnType<typeof startPair>>;

/** Of a look, so that a machine that is busy sends none elsewhere. */
export const PATIENT = { replicaPatienceMs: 8_000 };

/** A hub whose looks go to the standby, where they may. */
export const worldOn = (
  { server }: Pick<Pair, 'server'>,
  standby: Pick<Standby, 'url'>,
  options: Parameters<typeof createWorld>[0] = {},
): Promise<World> => createWorld({ replica: (database) => standby.url(database), ...options }, server);

/** How many looks were answered, by reason, since this was called. */
export function countLooks(world: World): (reason: LookReason) => number {
  const now = () => new Map(world.hub.app.replica?.looks);
  const before = now();
  return (reason) => (now().get(reason) ?? 0) - (before.get(reason) ?? 0);
}

/** Until a look of the party was answered so. */
export async function untilLooksAre(reason: LookReason, party: Party): Promise<void> {
  await vi.waitFor(async () => {
    const looks = countLooks(party.world);
    await party.events();
    if (looks(reason) === 0) throw new Error(`No look was ${reason} yet.`);
  }, PATIENCE);
}
