import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { outcomesAfter } from '../support/outcomes.ts';
import { adds, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { ROOT, read } from './documents.ts';

const run = promisify(execFile);
const CLIENT = path.join(ROOT, 'examples/outcomes.mjs');

let world: World;
let folder: string;
beforeAll(async () => {
  world = await createWorld();
  folder = mkdtempSync(path.join(tmpdir(), 'tocsin-outcomes-'));
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

type Table = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** One round of the client, as its owner would run it; the table that it left. */
async function round(party: Party, file: string): Promise<Table> {
  await world.settled();
  await run(process.execPath, [CLIENT, new URL('/', world.hub.url).href, party.key, file]);
  return (JSON.parse(readFileSync(file, 'utf8')) as { indicators: Table }).indicators;
}

/** The table as it must be: what the hub says when it is asked for everything. */
async function asTheHubSays(party: Party): Promise<Table> {
  const { rows } = await outcomesAfter(party);
  const names = Map.groupBy(rows, ({ externalId, indicatorId }) => externalId ?? indicatorId);
  return Object.fromEntries(
    [...names].map(([name, each]) => [name, Object.fromEntries(each.map((row) => [row.role, row]))]),
  );
}

describe('examples/outcomes.mjs', () => {
  test('keeps a table in step through the life of a report, also from an older copy of the table, and after a restore', async () => {
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    const registrar = await world.provider({ REGISTRAR: ['kept.example', 'added.example'] });
    const file = path.join(folder, 'table.json');
    const inStep = async () => {
      const table = await round(vendor, file);
      expect(table).toEqual(await asTheHubSays(vendor));
      return table;
    };
    expect(await inStep()).toEqual({});

    const urls = Array.from({ length: 1200 }, (_, index) => ({
      value: `https://kept.example/${index}`,
      externalId: `url ${index}`,
    }));
    const { report, results } = await vendor.submits([...urls, 'nameless.example']);
    expect(Object.keys(await inStep())).toHaveLength(1201);
    copyFileSync(file, `${file}.old`);

    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases(), { confirmNoParty: true });
    expect((await inStep())['url 7']).toMatchObject({ REGISTRAR: { outcome: 'REFERRED', reason: 'SENT' } });
    await registrar.acknowledges(await registrar.inbox(), { providerReference: 'ticket' });
    await adds(vendor, report, [{ value: 'added.example', externalId: 'added' }]);
    await withdraws(vendor, report, [results[3].indicator]);
    await inStep();
    await registrar.acts(await registrar.inbox());
    const end = await inStep();
    expect(end['url 7']).toMatchObject({ REGISTRAR: { outcome: 'ACTED', providerReference: 'ticket' } });
    expect(end['url 3']).toMatchObject({ REGISTRAR: { outcome: 'WITHDRAWN' } });
    expect(Object.keys(end['added'] ?? {})).toEqual(['REGISTRAR']);
    expect(await inStep()).toEqual(end);

    // A crash threw it back to an older copy; then the hub was restored and does not know the table's cursor any more.
    copyFileSync(`${file}.old`, file);
    expect(await inStep()).toEqual(end);
    writeFileSync(file, JSON.stringify({ cursor: '7.12', indicators: { ...end, gone: { HOST: {} } } }));
    expect(await inStep()).toEqual(end);
  });

  test('ends with what the hub says when its key is refused', async () => {
    const provider = await world.provider();
    const refused = run(process.execPath, [
      CLIENT,
      new URL('/', world.hub.url).href,
      provider.key,
      path.join(folder, 'no.json'),
    ]);
    await expect(refused).rejects.toThrow('FORBIDDEN');
  });

  test('is as short as its description says', () => {
    expect(read('examples/outcomes.mjs').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});
