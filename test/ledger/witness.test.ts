import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { newKeptKey, SigningKey } from '../../src/ledger/signing-key.ts';
import { HttpWitness } from '../../src/ledger/witness.ts';
import { silentLog } from '../../src/platform/log.ts';
import { serveWitness, type RunningWitness } from '../../src/server/witness/serve-witness.ts';
import { cosignatureOf, cosignatureLine, cosignedText, parseWitnessVkey } from '../../src/verifier/cosignature.ts';
import { parseNote, type NoteKey } from '../../src/verifier/note.ts';
import { PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { testProof, type MemoryVault } from '../support/proof.ts';
import { noteAt, signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const ORIGIN = 'log.witnessed.example';

/** A witness of ours behind a door that a test can shut, or answer at in its place. */
class Watched {
  /** What is answered instead; null: the witness is asked. */
  answer: { status: number; text: string } | null = null;
  readonly olds: number[] = [];
  private readonly door: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void this.pass(Buffer.concat(chunks).toString()).then(({ status, text }) =>
        response.writeHead(status, { connection: 'close' }).end(text),
      );
    });
  });

  private constructor(
    private readonly witness: RunningWitness,
    private readonly place: string,
  ) {}

  static async start(name: string, key: NoteKey): Promise<Watched> {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-witness-'));
    const logs = new Map([[ORIGIN, [key]]]);
    const at = { folder: path.join(place, 'witness'), name, host: '127.0.0.1', port: 0 };
    const watched = new Watched(await serveWitness({ ...at, logs, log: silentLog }), place);
    watched.door.listen(0, '127.0.0.1');
    await once(watched.door, 'listening');
    return watched;
  }

  get key(): NoteKey {
    return parseWitnessVkey(this.witness.vkey) ?? expect.fail();
  }

  get asked(): HttpWitness {
    return new HttpWitness(this.url, this.key);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.door.address() as AddressInfo).port}`;
  }

  /** Nobody answers any more. */
  shut(): Promise<unknown> {
    return new Promise((resolve) => this.door.close(resolve));
  }

  async stop(): Promise<void> {
    await this.shut();
    await this.witness.stop();
    fs.rmSync(this.place, { recursive: true });
  }

  private async pass(body: string): Promise<{ status: number; text: string }> {
    this.olds.push(Number(/^old (\d+)\n/.exec(body)?.[1]));
    if (this.answer) return this.answer;
    const response = await fetch(`${this.witness.url}/add-checkpoint`, { method: 'POST', body });
    return { status: response.status, text: await response.text() };
  }
}

const proof = testProof();
const kept = (proof.vault as MemoryVault).keys?.find(({ purpose }) => purpose === 'LOG') ?? newKeptKey('LOG');
const LOG_KEY: NoteKey = { name: ORIGIN, publicKey: new SigningKey(kept).publicKey };

let witness: Watched;
let other: Watched;
let world: World;
let party: Party;
const begin = async (needed: number): Promise<void> => {
  witness = await Watched.start('one.example', LOG_KEY);
  other = await Watched.start('two.example', LOG_KEY);
  const quorum = { witnesses: [witness.asked, other.asked], needed };
  world = await createWorld({ proof: { ...testProof(), origin: ORIGIN, quorum } });
  party = await world.organisation(['PROVIDER']);
  await signed(world);
};
beforeEach(() => begin(2));
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  for (const each of [witness, other]) await each.stop();
});

const health = async () => (await fetch(new URL('/readyz', world.hub.url))).json();
const refused = (code: string, words: string) =>
  vi.waitFor(
    async () => expect(await health()).toMatchObject({ proof: { code, message: expect.stringContaining(words) } }),
    PATIENCE,
  );
const published = async () =>
  (await world.database.admin<{ size: string }>('SELECT max(size) AS size FROM ledger_checkpoint'))[0]?.size;
const cosigners = async (): Promise<string[]> => {
  const note = parseNote(await noteAt(world, '/checkpoint')) ?? expect.fail();
  const states = await Promise.all([witness, other].map(({ key }) => cosignatureOf(note, key)));
  return [witness, other].flatMap(({ key }, index) => (states[index] === 'GOOD' ? [key.name] : []));
};

test('a checkpoint is published with the signatures of the witnesses, which saw each go on from the last', async () => {
  await happens(party, 5);
  await signed(world);
  expect(await cosigners()).toEqual(['one.example', 'two.example']);
  const lines = (await noteAt(world, '/checkpoint')).split('\n').filter((line) => line.startsWith('—'));
  expect(lines).toHaveLength(3);
});

test('a witness that saw a checkpoint which was not stored says its size, and the hub goes on from there', async () => {
  // As after a crash between its signature and our row.
  const [gone] = await world.database.admin<{ size: string }>(
    'DELETE FROM ledger_checkpoint WHERE size = (SELECT max(size) FROM ledger_checkpoint) RETURNING size',
  );
  await happens(party, 1);
  await signed(world);
  expect(witness.olds).toContain(Number(gone?.size));
  expect(await health()).toEqual({ ok: true });
});

test.each([
  [403, 'NO_WITNESS', 'does not know the key'],
  [404, 'NO_WITNESS', 'have it added there'],
  [422, 'WITNESS_DISAGREES', 'another history'],
  [500, 'NO_WITNESS', 'HTTP 500'],
])('while the witness answers %i nothing is published, and the hub says why', async (status, code, words) => {
  const before = await published();
  witness.answer = { status, text: '' };
  await happens(party, 1);
  await refused(code, words);
  expect(await published()).toBe(before);
  witness.answer = null;
  await signed(world);
  await vi.waitFor(async () => expect(await health()).toEqual({ ok: true }), PATIENCE);
});

test('a witness that has seen more than is here keeps the hub from publishing a second history', async () => {
  witness.answer = { status: 409, text: '5000\n' };
  await happens(party, 1);
  await refused('WITNESS_AHEAD', 'has seen 5000 entries');
});

test('a witness that does not answer is waited for', async () => {
  await witness.shut();
  await happens(party, 1);
  await refused('NO_WITNESS', 'does not answer');
});

test('what is not the signature of this witness on this checkpoint is not published', async () => {
  const before = await published();
  const thief = new SigningKey(newKeptKey('LOG'));
  const forged = cosignatureLine(witness.key, 1, thief.sign(cosignedText('another log\n1\nroot\n', 1)));
  for (const text of [forged, `— someone.else ${Buffer.alloc(76).toString('base64')}\n`, 'no line', '']) {
    witness.answer = { status: 200, text };
    await happens(party, 1);
    await refused('NO_WITNESS', 'is not the signature of one.example');
    expect(await published()).toBe(before);
  }
});

test('a log that was forked in the database is refused by the witness, and by the hub because of it', async () => {
  await happens(party, 3);
  await signed(world);
  const before = await published();
  // Who owns the database changes an entry and everything in it that would give it away.
  await world.database.admin(`UPDATE ledger SET leaf_hash = sha256('another') WHERE position = 2`);
  await world.database.admin('DELETE FROM ledger_checkpoint');
  await world.database.admin('DELETE FROM ledger_tile');
  await world.database.admin(`UPDATE ledger_tree SET size = 0, frontier = '{}'`);
  await happens(party, 1);
  await refused('WITNESS_DISAGREES', 'another history');
  expect(await published()).toBe(null);
  expect(Number(before)).toBeGreaterThan(3);
});

test('where one witness of two is enough, the hub publishes without the other, which catches up with one proof', async () => {
  for (const each of [witness, other]) await each.stop();
  await world[Symbol.asyncDispose]();
  await begin(1);
  const held = Number(await published());
  witness.answer = { status: 500, text: '' };
  await happens(party, 3);
  await signed(world);
  await happens(party, 3);
  await signed(world);
  expect(await health()).toEqual({ ok: true });
  expect(await cosigners()).toEqual(['two.example']);
  const latest = Number(await published());
  const before = witness.olds.length;
  witness.answer = null;
  await happens(party, 1);
  await signed(world);
  expect(await cosigners()).toEqual(['one.example', 'two.example']);
  expect(witness.olds.slice(before, before + 2)).toEqual([latest, held]);
});

test('a witness that disagrees is heard also where another is enough', async () => {
  for (const each of [witness, other]) await each.stop();
  await world[Symbol.asyncDispose]();
  await begin(1);
  witness.answer = { status: 422, text: '' };
  await happens(party, 1);
  await refused('WITNESS_DISAGREES', 'another history');
});
