import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiClient } from '../../src/cli/api-client.ts';
import type { Cast, Party as Player } from '../../src/cli/demo/cast.ts';
import type { Outcome } from '../../src/cli/demo/outcome.ts';
import { runDemo } from '../../src/cli/demo/run.ts';
import { storyFile } from '../../src/cli/demo/story.ts';
import { fromGlobalId } from '../../src/platform/ids.ts';
import type { Role } from '../../src/platform/viewer.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere } from './command-line.ts';

const canPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-demo-test-'));
let world: World;
let cast: Cast;

beforeEach(async () => {
  world = await createWorld();
  const cert = await world.cert();
  const { data } = await world.operator.ask('{ viewer { organisation { id name } } }');
  cast = {
    vendor: player(await world.vendor(cert), 'VENDOR'),
    cert: player(cert, 'CERT'),
    operator: player({ ...data.viewer.organisation, key: world.operator.key }, 'OPERATOR'),
    registrar: player(await world.provider(), 'PROVIDER'),
    reseller: player(await world.provider(), 'PROVIDER'),
    host: player(await world.provider(), 'PROVIDER'),
    mailProvider: player(await world.provider(), 'PROVIDER'),
  };
});
afterEach(() => world[Symbol.asyncDispose]());
afterAll(() => rmSync(folder, { recursive: true }));

function player({ id, name, key }: Pick<Party, 'id' | 'name' | 'key'>, role: Role): Player {
  const { url, wsUrl } = world.hub;
  return { id, name, key, roles: [role], wsUrl, api: new ApiClient(url, key) };
}

function fileOf(...lines: string[]): string {
  const file = path.join(folder, 'report.csv');
  writeFileSync(file, `type,value\n${lines.join('\n')}\n`);
  return file;
}

const play = (file: string, tell: (what: string) => void = () => undefined): Promise<Outcome> =>
  runDemo({ cast, file, tell });
const NAMES = Array.from({ length: 8 }, (_, index) => `domain,told-${index}.example`);
const rowOf = ({ id }: Player): string => fromGlobalId(id)?.id ?? '';

describe('the demo', () => {
  it('tells everybody, loses nothing, shows nothing to strangers, and leaves nothing behind', async () => {
    const place = mkdtempSync(path.join(folder, 'place-'));
    vi.stubEnv('TMPDIR', place);
    const { stdout, stderr, exit } = await runHere(['demo', '--json'], { TOCSIN_FOLDER: folder });
    const figures = JSON.parse(stdout);
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    expect(figures).toEqual({
      ...{ indicators: 60, accepted: 59, refused: 1, context: 2, cases: 55 },
      ...{ expectedTold: figures.told, told: figures.referrals, referrals: expect.any(Number), untold: 0 },
      noParty: { NO_CLAIM: expect.any(Number) },
      ...{ acknowledged: expect.any(Number), actioned: expect.any(Number), declined: expect.any(Number) },
      ...{ delegated: 1, retracted: expect.any(Number), receiptsVerified: figures.receiptsTotal },
      ...{ receiptsTotal: expect.any(Number), feedStatementsVerified: 7, checkpointOk: true },
      secondVerifierOk: canPython ? true : null,
      ...{ resumedWithoutLoss: true, strangerAsked: expect.any(Number), strangerSaw: 0 },
      ...{ ledgerEntries: expect.any(Number), feedsDense: true },
      ...{ p50SubmitToDeliveryMs: expect.any(Number), p99SubmitToDeliveryMs: expect.any(Number) },
    });
    const { expectedTold, actioned, declined, acknowledged, strangerAsked } = figures;
    expect(Math.min(actioned, declined, acknowledged - actioned - declined)).toBeGreaterThan(0);
    expect(acknowledged).toBeLessThan(expectedTold);
    expect(strangerAsked).toBeGreaterThan(1000);
    expect(figures.retracted).toBeGreaterThan(0);
    expect(figures.receiptsTotal).toBeGreaterThan(50);
    // The programs of PostgreSQL are copied once for all hubs of a machine, where another account cannot reach the clone.
    expect(readdirSync(place).filter((name) => !name.startsWith('tocsin-postgres-'))).toEqual([]);
  }, 120_000);

  it('can be played again on a hub that has seen it, and says what happens as it happens', async () => {
    const lines: string[] = [];
    const first = await play(storyFile());
    const second = await play(storyFile(), (line) => lines.push(line));
    expect([first.faults, second.faults]).toEqual([[], []]);
    expect(second.figures).toMatchObject({ told: first.figures.told, cases: first.figures.cases, untold: 0 });
    const steps = ['declares', 'listen', 'submitted', 'confirmed', 'is cut', 'is mended', 'strangers asked'];
    const places = steps.map((word) => lines.findIndex((line) => line.includes(word)));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }, 120_000);
});

describe('the demo does not hold', () => {
  it('when the report names nothing that anybody could be told of', async () => {
    const { figures, faults } = await play(fileOf(`sha256,${'b'.repeat(64)}`, 'ip,192.0.2.9'));
    expect(figures).toMatchObject({ expectedTold: 0, told: 0, noParty: { NO_CLAIM: 1 }, untold: 0 });
    expect(faults).toContainEqual(expect.stringContaining('nobody was to be told'));
  }, 60_000);

  it('when a stranger can read a desk, the wrong party is told, and answers do not reach the CERT', async () => {
    const { admin } = world.database;
    // Either fence would hold what the other one lets through: both are opened.
    Reflect.set(world.hub.app.work, 'codeFence', false);
    await admin('CREATE POLICY leak ON inbox_item FOR SELECT TO tocsin_app USING (true)');
    await admin(`CREATE FUNCTION misname() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN NEW.party := 'Somebody else'; RETURN NEW; END $$`);
    await admin(`CREATE TRIGGER misname BEFORE INSERT OR UPDATE ON responsibility
      FOR EACH ROW WHEN (NEW.role = 'REGISTRAR') EXECUTE FUNCTION misname()`);
    await admin(`CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN NEW.state := OLD.state; RETURN NEW; END $$`);
    await admin(`CREATE TRIGGER forget BEFORE UPDATE ON referral
      FOR EACH ROW WHEN (NEW.state = 'ACTIONED') EXECUTE FUNCTION forget()`);
    const { figures, faults } = await play(fileOf(...NAMES));
    expect(faults).toContainEqual(expect.stringMatching(/^Stranger \(provider\) saw .* by inboxItem$/));
    expect(faults).toContainEqual(expect.stringMatching(/^untold: .* at Somebody else$/));
    expect(faults).toContainEqual(expect.stringMatching(/^lost: the CERT reads \w+ of .*, and its desk ACTED$/));
    expect(Math.min(figures.strangerSaw, figures.untold, figures.told)).toBeGreaterThan(0);
    expect(figures.told + figures.untold).toBe(figures.expectedTold);
  }, 60_000);

  it('when a feed has a gap', async () => {
    await world.settled();
    await world.database.admin('UPDATE feed_head SET seq = seq + 1 WHERE organisation_id = $1', [rowOf(cast.host)]);
    const { figures, faults } = await play(fileOf(...NAMES));
    expect(figures).toMatchObject({ feedsDense: false, resumedWithoutLoss: false, untold: 0 });
    expect(faults).toEqual([
      `the proof of ${cast.host.name} does not hold: FEED_NOT_DENSE, Number 2 of the feed is missing.`,
      ...(canPython ? ['the second verifier says: Number 2 is not here.'] : []),
      ...['a socket lost or repeated events', 'a feed has a gap'],
      expect.stringMatching(/^of \d+ receipts \d+ are good$/),
    ]);
  }, 60_000);

  it('and does not begin when what it reports is claimed by somebody for whom it cannot answer', async () => {
    await world.provider({ REGISTRAR: ['foreign.example'] });
    const played = play(fileOf('domain,foreign.example'));
    await expect(played).rejects.toMatchObject({ code: 'FOREIGN_CLAIM', exit: 2 });
  });
});
