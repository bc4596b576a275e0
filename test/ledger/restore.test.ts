import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { acceptRestore } from '../../src/ledger/accept-restore.service.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import { openCheckpoint } from '../../src/verifier/checkpoint.ts';
import { readKeys } from '../../src/verifier/keys.ts';
import { parseVkey, vkeyOf } from '../../src/verifier/note.ts';
import { headOf, Listener, PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { MemoryAnchor, testProof } from '../support/proof.ts';
import { keysOf, noteAt, signed } from '../support/proven.ts';
import type { TestDatabase } from '../support/database.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const anchor = new MemoryAnchor();
const proof = { ...testProof(), anchor };
let world: World;
let party: Party;
let original: TestDatabase;
/** What a client kept of the history that is about to be lost. */
let kept: { cursor: string; checkpoint: string; vkey: string; size: number };

const serve = (database: TestDatabase): Promise<Hub> =>
  startHub({ database: database.address, documentation: true, log: silentLog, host: '127.0.0.1', port: 0, proof });

const health = async () => (await fetch(new URL('/readyz', world.hub.url))).json();
const checkpoints = () => world.database.admin<{ size: string }>('SELECT size FROM ledger_checkpoint ORDER BY size');

/** A backup is made, much happens, the backup is put back: the same keys, the same anchor, an older database. */
beforeAll(async () => {
  world = await createWorld({ proof });
  party = await world.organisation(['PROVIDER']);
  await happens(party, 10);
  await signed(world);
  await world.hub.stop();
  original = world.database;
  const backup = await original.copy();
  Object.assign(world, { hub: await serve(original) });
  await happens(party, 30);
  await signed(world);
  const keys = await keysOf(world);
  const checkpoint = await noteAt(world, '/checkpoint');
  const { size } = await openCheckpoint(checkpoint, keys, 'checkpoint');
  const [key] = keys.log;
  kept = { cursor: await headOf(party), checkpoint, size, vkey: key ? vkeyOf(key.key) : '' };
  await world.hub.stop();
  Object.assign(world, { database: backup, hub: await serve(backup) });
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await original.drop();
});

describe('a hub on a restored database, behind its anchor', () => {
  test('signs nothing, says why and what to do, and serves', async () => {
    await vi.waitFor(
      async () => expect(await health()).toMatchObject({ ok: true, proof: { code: 'BEHIND_ANCHOR' } }),
      PATIENCE,
    );
    const { proof: refusal } = (await health()) as { proof: { message: string } };
    expect(refusal.message).toContain(`${kept.size} were signed before`);
    expect(refusal.message).toContain('tocsin keys accept-restore');
    const before = await checkpoints();
    await happens(party, 3);
    await world.settled();
    await vi.waitFor(async () => {
      const [row] = await world.database.admin('SELECT t.size = h.size AS built FROM ledger_tree t, ledger_head h');
      expect(row).toEqual({ built: true });
    }, PATIENCE);
    expect(await checkpoints()).toEqual(before);
    expect(anchor.anchored?.size).toBe(kept.size);
  });

  test('tells its operators once, and that the feeds go on in a new generation', async () => {
    await world.settled();
    const heard = (await world.operator.events()).filter(({ kind }) => /REFUSED|GENERATION/.test(kind));
    expect(heard.map(({ kind }) => kind)).toEqual(['GENERATION_OPENED', 'CHECKPOINT_REFUSED']);
    expect(heard[0]?.details).toMatchObject([{ generation: '2' }]);
    expect(heard[1]?.details).toMatchObject([{ code: 'BEHIND_ANCHOR' }]);
  });

  test('answers a cursor from before with a gap, to a poll and to a subscription, also once numbers are given again', async () => {
    await happens(party, 60);
    const PAGE =
      'query ($after: String) { events(after: $after, first: 10) { cursor events { sequence } gap { reason resumeFrom } } }';
    const { data } = await party.ask(PAGE, { after: kept.cursor });
    expect(data.events).toEqual({ cursor: '2.0', events: [], gap: { reason: 'RESTORED', resumeFrom: '2.0' } });
    const listener = new Listener(() => world.hub.wsUrl, party.key, kept.cursor);
    await vi.waitFor(async () => expect(listener.pages.at(-1)?.cursor).toBe(await headOf(party)), PATIENCE);
    await listener.stop();
    expect(listener.pages[0]?.gap).toEqual({ reason: 'RESTORED', resumeFrom: '2.0' });
    expect(listener.events.map(({ sequence }) => Number(sequence))).toEqual(
      listener.events.map((_, index) => index + 1),
    );
  });

  test('goes on under a new key once an operator accepts it, and names what was lost', async () => {
    const before = (await checkpoints()).length;
    const accepted = await acceptRestore(world.hub.app.work, systemClock, proof.vault, anchor);
    expect(accepted.upTo).toBe(kept.size);
    await signed(world);
    await vi.waitFor(async () => expect(await health()).toEqual({ ok: true }), PATIENCE);
    expect((await checkpoints()).length).toBeGreaterThan(before);
    const heard = (await world.operator.events()).filter(({ kind }) => /KEY_/.test(kind));
    expect(heard.at(-2)).toMatchObject({ kind: 'KEY_RETIRED', details: [{ until: String(kept.size) }] });
    expect(heard.at(-1)).toMatchObject({
      kind: 'KEY_ADDED',
      details: [
        { key: accepted.newKey, purpose: 'LOG', lost: { after: String(accepted.after), upTo: String(kept.size) } },
      ],
    });
    const [head] = await world.database.admin('SELECT generation FROM ledger_head');
    expect(head).toEqual({ generation: 2 });
  });

  test('shows its clients by the keys that it is not the log that they knew', async () => {
    const note = await noteAt(world, '/keys');
    const keys = await keysOf(world);
    expect(keys.log.map(({ until }) => until)).toEqual([kept.size, null]);
    // The old checkpoint stays a proof that it was signed; the new one is of another tree of about the same size.
    expect((await openCheckpoint(kept.checkpoint, keys, 'checkpoint')).size).toBe(kept.size);
    const now = await openCheckpoint(await noteAt(world, '/checkpoint'), keys, 'checkpoint');
    expect(now.size).toBeGreaterThan(0);
    // Whoever pinned the key of before is told that it signs no longer.
    await expect(readKeys(note, parseVkey(kept.vkey))).rejects.toThrow('is signed by none of');
  });

  test('has nothing to accept a second time', async () => {
    await expect(acceptRestore(world.hub.app.work, systemClock, proof.vault, anchor)).rejects.toThrow(
      'there is nothing to accept',
    );
  });
});
