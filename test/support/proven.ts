import { readKeys, type Keys } from '../../src/verifier/keys.ts';
import type { World } from './world.ts';

/** Until a checkpoint covers every entry, and the note of keys is there. */
export async function signed(world: World): Promise<void> {
  await world.settled();
  for (let done = false; !done;) {
    const [row] = await world.database.admin<{ done: boolean }>(
      `SELECT t.keys_note IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_inbox)
          AND (SELECT max(size) FROM ledger_checkpoint) = (SELECT size FROM ledger_head) AS done FROM ledger_tree t`,
    );
    done = row?.done ?? false;
    if (!done) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const noteAt = async ({ hub }: World, path: string): Promise<string> =>
  (await fetch(new URL(path, hub.url))).text();

/** The keys of the world's hub, as a stranger finds them. */
export const keysOf = async (world: World): Promise<Keys> => readKeys(await noteAt(world, '/keys'), null);
