import { expect, vi } from 'vitest';

import { readKeys, type Keys } from '../../src/verifier/keys.ts';
import type { World } from './world.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Until a checkpoint covers every entry, and the note of keys is there. */
export async function signed(world: World): Promise<void> {
  await world.settled();
  const { database } = world;
  await vi.waitFor(async () => {
    const [row] = await database.admin<{ done: boolean }>(
      `SELECT t.keys_note IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_inbox)
          AND (SELECT max(size) FROM ledger_checkpoint) = (SELECT size FROM ledger_head) AS done FROM ledger_tree t`,
    );
    expect(row?.done).toBe(true);
  }, PATIENCE);
}

export const noteAt = async ({ hub }: World, path: string): Promise<string> =>
  (await fetch(new URL(path, hub.url))).text();

/** The keys of the world's hub, as a stranger finds them. */
export const keysOf = async (world: World): Promise<Keys> => readKeys(await noteAt(world, '/keys'), null);
