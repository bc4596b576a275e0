import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { folderSource } from '../../src/cli/verify-source.ts';
import { writeLogBundle } from '../../src/server/archive/log-bundle.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { signed } from '../support/proven.ts';
import { createWorld, type World } from '../support/world.ts';

const NOTHING_KNOWN = { pinned: null, seen: null };
const ADDRESSES = Array.from({ length: 40 }, (_, last) => `203.0.113.${last}`);

let world: World;
let place: string;
beforeAll(async () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-rewritten-'));
  world = await createWorld();
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  for (const value of ADDRESSES) await vendor.submits([{ value, type: 'IPV4', lastSeen: '2026-11-01T00:00:00Z' }]);
  await signed(world);
  // Nobody numbers or signs while the owner of the database is at it.
  await world.hub.stop();
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  fs.rmSync(place, { recursive: true });
});

/** What a verifier says of the log after the owner of the database did this to it, and undid it again. */
async function verdictAfter(change: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: world.database.address.adminUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL search_path = hub');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(change, [...values]);
    const folder = fs.mkdtempSync(path.join(place, 'log-'));
    await writeLogBundle(client, folder);
    return await verifyLog(folderSource(folder), 'WHOLE', NOTHING_KNOWN);
  } finally {
    await client.query('ROLLBACK');
    await client.end();
  }
}
const positionOf = async (at: number): Promise<number> => {
  const [row] = await world.database.admin<{ position: string }>(
    `SELECT position FROM ledger WHERE kind = 'INDICATORS_ACCEPTED' ORDER BY position OFFSET $1 LIMIT 1`,
    [at],
  );
  return Number(row?.position);
};

describe('whoever owns the database', () => {
  test('changes nothing, and the log verifies', async () => {
    expect(await verdictAfter('SELECT 1')).toMatchObject({ ok: true, fault: null });
  });

  test.each([
    [
      'the body of an entry',
      'UPDATE ledger_payload p SET body = body || $2::bytea FROM ledger l WHERE l.entry_id = p.entry_id AND l.position = $1',
      'BODY_TAMPERED',
    ],
    [
      'its salt',
      'UPDATE ledger_payload p SET salt = sha256(salt || $2::bytea) FROM ledger l WHERE l.entry_id = p.entry_id AND l.position = $1',
      'BODY_TAMPERED',
    ],
    [
      'its commitment',
      'UPDATE ledger SET commitment = sha256(commitment || $2::bytea) WHERE position = $1',
      'LEAF_TAMPERED',
    ],
    [
      'commitment and body, so that the two agree',
      `WITH p AS (UPDATE ledger_payload p SET body = body || $2::bytea FROM ledger l WHERE l.entry_id = p.entry_id AND l.position = $1
         RETURNING sha256(p.salt || p.body) AS commitment)
       UPDATE ledger SET commitment = p.commitment FROM p WHERE position = $1`,
      'HASH_TAMPERED',
    ],
  ])('cannot change %s without its position being named', async (_, change, fault) => {
    const position = await positionOf(7);
    expect(await verdictAfter(change, [position, Buffer.from(' ')])).toMatchObject({
      ok: false,
      fault: { fault, position },
    });
  });

  test('cannot delete the tail without the first missing position being named', async () => {
    const position = await positionOf(20);
    const verdict = await verdictAfter('DELETE FROM ledger WHERE position >= $1', [position]);
    expect(verdict).toMatchObject({ ok: false, fault: { position } });
    expect(verdict.fault?.fault).toMatch(/ENTRY_MISSING|LOG_TRUNCATED/);
  });

  test('cannot swap two entries without one of them being named', async () => {
    const [one, other] = [await positionOf(3), await positionOf(4)];
    const swap = `UPDATE ledger l SET entry_id = o.entry_id, kind = o.kind, commitment = o.commitment, leaf_hash = o.leaf_hash
      FROM (SELECT CASE position WHEN $1 THEN $2::bigint ELSE $1::bigint END AS place, entry_id, kind, commitment, leaf_hash FROM ledger WHERE position IN ($1, $2)) o
     WHERE l.position = o.place`;
    await world.database.admin('ALTER TABLE ledger DROP CONSTRAINT ledger_entry_id_key CASCADE');
    const { ok, fault } = await verdictAfter(swap, [one, other]);
    expect({ ok, fault: fault?.fault, position: fault?.position }).toEqual({
      ok: false,
      fault: 'ENTRY_SWAPPED',
      position: one,
    });
  });
});

describe('whoever sees the leaves, which everybody does', () => {
  const leaves = () =>
    world.database.admin<{ salt: Buffer; body: Buffer; commitment: Buffer }>(
      `SELECT p.salt, p.body, l.commitment FROM ledger l JOIN ledger_payload p USING (entry_id) WHERE l.kind = 'INDICATORS_ACCEPTED'`,
    );
  const hash = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

  test('cannot find by trying every body which of them says what', async () => {
    const entries = await leaves();
    const seen = new Set(entries.map(({ commitment }) => commitment.toString('hex')));
    // The bodies themselves, which is more than a guess can be; with no salt, and with every salt but its own.
    for (const { body } of entries) expect(seen.has(hash(body))).toBe(false);
    for (const [index, { body }] of entries.entries()) {
      for (const { salt } of entries.filter((_, at) => at !== index)) expect(seen.has(hash(salt, body))).toBe(false);
    }
    for (const { salt, body } of entries) expect(seen.has(hash(salt, body))).toBe(true);
  });

  test('has 32 bytes against each, no two of them the same', async () => {
    const salts = await world.database.admin<{ salt: Buffer }>('SELECT salt FROM ledger_payload');
    expect(salts.length).toBeGreaterThan(ADDRESSES.length);
    expect(new Set(salts.map(({ salt }) => salt.toString('hex'))).size).toBe(salts.length);
    for (const { salt } of salts) expect(salt).toHaveLength(32);
  });
});
