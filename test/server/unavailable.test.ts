import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { isUnavailable } from '../../src/platform/database/unavailable.ts';
import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { SUBMIT } from '../support/api.ts';
import { withoutConnections } from '../support/no-connections.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const COME_AGAIN = { code: 'SERVICE_OVERLOADED', retryAfter: 5, reference: expect.stringMatching(/^[\w-]{36}$/) };
const WHOSE = '{ viewer { organisation { name } } }';

let world: World;
let vendor: Party;
let newcomer: Party;
beforeAll(async () => {
  world = await createWorld();
  const cert = await world.cert();
  vendor = await world.vendor(cert);
  newcomer = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

const input = () => ({
  idempotencyKey: randomUUID(),
  title: 'no room',
  tlp: 'AMBER',
  indicators: [{ value: 'room.example', category: 'PHISHING' }],
});

test('a change for which the disk has no room is not done, and is done when it is sent again later', async () => {
  const { admin } = world.database;
  await admin(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$`);
  await admin('CREATE TRIGGER no_room BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION no_room()');
  const sent = { input: input() };
  const socket = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  const { data, errors } = await vendor.ask(SUBMIT, sent);
  expect({ data, errors }).toMatchObject({ data: null, errors: [{ extensions: COME_AGAIN }] });
  expect(JSON.stringify(errors)).not.toContain('No space');
  socket.asks('late', SUBMIT, sent);
  expect((await socket.hears('next', 'late')).payload?.errors).toMatchObject([{ extensions: COME_AGAIN }]);
  socket.socket.terminate();

  await admin('DROP TRIGGER no_room ON report');
  const again = await vendor.ask(SUBMIT, sent);
  expect(again.errors).toEqual([]);
  expect(again.data.submitReport).toMatchObject({ errors: [], report: { state: 'SEALED' } });
});

test('while the database takes no connections it is said when to come again, with 503 where nothing ran, and then it serves', async () => {
  await withoutConnections(world, async () => {
    expect((await vendor.ask(WHOSE)).errors).toMatchObject([{ extensions: COME_AGAIN }]);
    // Who this is has to be asked of the database before anything runs.
    const answer = await fetch(world.hub.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${newcomer.key}` },
      body: JSON.stringify({ query: WHOSE }),
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: COME_AGAIN }] });
  });
  await vi.waitFor(async () => expect((await vendor.ask(WHOSE)).errors).toEqual([]), PATIENCE);
});

const error = (message: string, also: object = {}): Error => Object.assign(new Error(message), also);

test.each([
  error('could not extend file', { code: '53100' }),
  error('sorry, too many clients already', { code: '53300' }),
  error('the database system is starting up', { code: '57P03' }),
  error('terminating connection due to administrator command', { code: '57P01' }),
  error('connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED', syscall: 'connect' }),
  error('connect ENOENT /run/.s.PGSQL.5432', { code: 'ENOENT', syscall: 'connect' }),
  error('Connection terminated unexpectedly'),
  error('timeout exceeded when trying to connect'),
  error('QueryFailedError', { driverError: error('could not extend file', { code: '53100' }) }),
])('$message: the database cannot serve now', (failure) => expect(isUnavailable(failure)).toBe(true));

test.each([
  error('duplicate key value violates unique constraint', { code: '23505' }),
  error('canceling statement due to user request', { code: '57014' }),
  error('no such file or directory', { code: 'ENOENT', syscall: 'open' }),
  error('x is undefined'),
  error('timeout exceeded'),
])('$message: another fault', (failure) => expect(isUnavailable(failure)).toBe(false));
