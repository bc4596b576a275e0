import { afterAll, beforeAll, expect, test } from 'vitest';

import { toGlobalId } from '../../src/platform/ids.ts';
import { SUBMIT } from '../support/api.ts';
import { build } from '../cli/built-cli.ts';
import { audit } from './audit.ts';
import { Load } from './load.ts';
import type { Cast } from './place.ts';
import { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

let server: PostgresServer;
let stand: Stand;
let cast: Cast;
let load: Load;
beforeAll(async () => {
  await build();
  server = await PostgresServer.start();
  stand = await Stand.open(server);
  cast = await castOn(stand);
  load = new Load(cast);
  await load.ends(10);
}, 240_000);
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
  await server.stop();
});

const books = () => audit(stand, cast, load, new Roots(stand));
const nobodys = '01890000-0000-7000-8000-000000000000';

test('an audit finds nothing where nothing was broken', { timeout: 60_000 }, async () => {
  expect(await books()).toEqual({ lost: 0, repeated: 0 });
});

test('an audit finds what was acknowledged and is not there', { timeout: 60_000 }, async () => {
  const [one] = load.submitted;
  load.submitted.unshift({ ...one, id: toGlobalId('Report', nobodys) } as never);
  load.forwarded.add(toGlobalId('Case', nobodys));
  load.answered.add(toGlobalId('InboxItem', nobodys));
  // Its key, used again, gives the report that it was.
  expect(await books()).toEqual({ lost: 3, repeated: 1 });
  load.submitted.shift();
  load.forwarded.delete(toGlobalId('Case', nobodys));
  load.answered.delete(toGlobalId('InboxItem', nobodys));
});

test('an audit finds what was done twice, and a key that got another answer', { timeout: 60_000 }, async () => {
  const told = load.submitted[0];
  await cast.vendor.does(SUBMIT, told?.input ?? {});
  const { repeated } = await books();
  expect(repeated).toBeGreaterThan(0);
  const before = load.submitted.length;
  load.submitted.push({ ...told, entryId: load.submitted[1]?.entryId ?? '' } as never);
  expect((await books()).repeated).toBe(repeated + 1);
  load.submitted.length = before;
});

test('an audit stops at two roots for one size', async () => {
  const roots = new Roots(stand);
  await roots.look();
  await stand.rows("UPDATE ledger_checkpoint SET note = replace(note, split_part(note, E'\\n', 3), $1)", [
    `${'A'.repeat(43)}=`,
  ]);
  await expect(roots.lookBack()).rejects.toThrow(/Two roots for size/);
});
