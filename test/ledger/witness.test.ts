import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { newKeptKey, SigningKey } from '../../src/ledger/signing-key.ts';
import { HttpWitness } from '../../src/ledger/witness.ts';
import { parseCheckpoint } from '../../src/verifier/checkpoint.ts';
import { parseNote } from '../../src/verifier/note.ts';
import { verifyConsistency } from '../../src/verifier/proof.ts';
import { PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { testProof } from '../support/proof.ts';
import { noteAt, signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

interface Seen {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A witness of tlog-witness: it keeps the last checkpoint of one log, and signs what goes on from it. */
class Witness {
  seen: Seen = { size: 0, root: new Uint8Array(32) };
  asked = 0;
  /** What it answers instead; null: it does its work. */
  answer: number | null = null;
  readonly olds: number[] = [];
  private readonly key = new SigningKey(newKeptKey('LOG'));
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, text } = this.judge(request.url ?? '', Buffer.concat(chunks).toString());
      response.writeHead(status).end(text);
    });
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close = (): unknown => this.server.close();

  private judge(path: string, body: string): { status: number; text: string } {
    this.asked += 1;
    if (path !== '/add-checkpoint') return { status: 404, text: '' };
    if (this.answer !== null) return { status: this.answer, text: '' };
    const [, old = '', proof = '', note = ''] = /^old (\d+)\n((?:\S{44}\n)*)\n([^]*)$/.exec(body) ?? [];
    this.olds.push(Number(old));
    if (Number(old) !== this.seen.size) return { status: 409, text: `${this.seen.size}\n` };
    const tree = parseCheckpoint(parseNote(note)?.text ?? '');
    if (!tree) return { status: 400, text: '' };
    const hashes = proof
      .split('\n')
      .filter(Boolean)
      .map((each) => new Uint8Array(Buffer.from(each, 'base64')));
    const goesOn = this.seen.size === 0 ? hashes.length === 0 : verifyConsistency(this.seen, tree, hashes);
    if (!goesOn) return { status: 422, text: '' };
    this.seen = tree;
    const signature = this.key.sign(`cosignature/v1\ntime 1\n${note}`).toString('base64');
    return { status: 200, text: `— witness.example ${signature}\n` };
  }
}

let witness: Witness;
let world: World;
let party: Party;
beforeEach(async () => {
  witness = new Witness();
  const url = await witness.listen();
  world = await createWorld({ proof: { ...testProof(), witness: new HttpWitness(url) } });
  party = await world.organisation(['PROVIDER']);
  await signed(world);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  witness.close();
});

const health = async () => (await fetch(new URL('/readyz', world.hub.url))).json();
const refused = (code: string, words: string) =>
  vi.waitFor(
    async () => expect(await health()).toMatchObject({ proof: { code, message: expect.stringContaining(words) } }),
    PATIENCE,
  );
const published = async () =>
  (await world.database.admin<{ size: string }>('SELECT max(size) AS size FROM ledger_checkpoint'))[0]?.size;

test('a checkpoint is published with the signature of the witness, which saw each go on from the last', async () => {
  await happens(party, 5);
  await signed(world);
  const lines = (await noteAt(world, '/checkpoint')).split('\n').filter((line) => line.startsWith('—'));
  expect(lines).toEqual([expect.stringContaining('tocsin-'), expect.stringContaining('— witness.example ')]);
  expect(String(witness.seen.size)).toBe(await published());
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
  [403, 'does not know the key'],
  [404, 'have it added there'],
  [422, 'another history'],
  [500, 'HTTP 500'],
])('while the witness answers %i nothing is published, and the hub says why', async (status, words) => {
  const before = await published();
  witness.answer = status;
  await happens(party, 1);
  await refused('NO_WITNESS', words);
  expect(await published()).toBe(before);
  witness.answer = null;
  await signed(world);
  await vi.waitFor(async () => expect(await health()).toEqual({ ok: true }), PATIENCE);
});

test('a witness that has seen more than is here keeps the hub from publishing a second history', async () => {
  witness.seen = { ...witness.seen, size: 5000 };
  await happens(party, 1);
  await refused('WITNESS_AHEAD', 'has seen 5000 entries');
});

test('a witness that does not answer is waited for', async () => {
  witness.close();
  await happens(party, 1);
  await refused('NO_WITNESS', 'does not answer');
});
