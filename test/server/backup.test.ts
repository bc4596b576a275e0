import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { ApiClient } from '../../src/cli/api-client.ts';
import { bundleFeed } from '../../src/cli/feed-bundle.ts';
import { silentLog } from '../../src/platform/log.ts';
import { backUp, putBack } from '../../src/server/archive/backup.ts';
import type { DemoOrganisation } from '../../src/server/demo-file.ts';
import { withEmbeddedDatabase } from '../../src/server/embedded-database.ts';
import { acceptRestoreOf } from '../../src/server/key-custody.ts';
import type { LocalHub } from '../../src/server/folder-hub.ts';
import { startLocalHub } from '../../src/server/local-hub.ts';
import { proofFiles } from '../../src/server/proof-files.ts';
import { restore } from '../../src/server/archive/restore.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { EVENTS, SUBMIT, ask } from '../support/api.ts';

const REPORTS = '{ reports(first: 100) { edges { node { externalId } } } }';

const PATIENCE = { timeout: 30_000, interval: 50 };
let place: string;
let local: LocalHub;
let backup: string;
/** What the vendor had been told is accepted, before the backup began and while it was made. */
const before: string[] = [];
const during: string[] = [];
/** Where the vendor's feed ended when the hub of the backup went on without being backed up. */
let ahead: string;

const start = (name: string) =>
  startLocalHub({ folder: path.join(place, name), mode: 'TRIAL', port: 0, log: silentLog });
const vendorOf = ({ demo }: LocalHub): DemoOrganisation => {
  if (!demo) throw new Error('This hub is no trial.');
  return demo.organisations.vendor;
};

async function submit(hub: LocalHub, externalId: string): Promise<void> {
  const indicators = [{ value: `${externalId}.example`, category: 'PHISHING' }];
  const input = { idempotencyKey: randomUUID(), title: externalId, externalId, tlp: 'AMBER', indicators };
  const { data } = await ask(hub.hub.url, vendorOf(hub).apiKey, SUBMIT, { input });
  expect(data.submitReport.errors).toEqual([]);
}

beforeAll(async () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-backup-'));
  local = await start('hub');
  for (const name of ['one', 'two', 'three']) {
    await submit(local, name);
    before.push(name);
  }
  backup = path.join(place, 'backup');
  let made = false;
  const copying = withEmbeddedDatabase(path.join(place, 'hub'), (address) =>
    backUp(path.join(place, 'hub'), address, backup),
  ).finally(() => (made = true));
  while (!made) {
    const name = `meanwhile-${during.length}`;
    await submit(local, name);
    during.push(name);
  }
  await copying;
  await submit(local, 'afterwards');
  const { data } = await ask(local.hub.url, vendorOf(local).apiKey, EVENTS, { after: null, first: 1000 });
  ahead = data.events.events.at(-1).cursor;
  await local.stop();
}, 120_000);
afterAll(() => fs.rmSync(place, { recursive: true }));

describe('a hub restored from a backup that was made while it worked', () => {
  let restored: LocalHub;

  beforeAll(async () => {
    await restore(backup, path.join(place, 'restored'));
    // What lies beside the data and does not go back with them.
    fs.copyFileSync(path.join(place, 'hub.anchor'), path.join(place, 'restored.anchor'));
    restored = await start('restored');
  }, 60_000);
  afterAll(() => restored.stop());

  it('has everything that was accepted before the backup began, and nothing that came after its end', async () => {
    const { data } = await ask(restored.hub.url, vendorOf(restored).apiKey, REPORTS);
    const found = data.reports.edges.map(({ node }: { node: { externalId: string } }) => node.externalId);
    expect(during.length).toBeGreaterThan(0);
    expect(before.filter((name) => !found.includes(name))).toEqual([]);
    expect(found).not.toContain('afterwards');
    expect(found.filter((name: string) => !before.includes(name) && !during.includes(name))).toEqual([]);
  });

  it('takes new reports, by the keys that were good before', async () => {
    await submit(restored, 'later');
  });

  it('signs nothing, and says why, until somebody has said that it was restored', async () => {
    const ready = async () => (await fetch(new URL('/readyz', restored.hub.url))).json() as Promise<object>;
    await vi.waitFor(async () => expect(JSON.stringify(await ready())).toContain('BEHIND_ANCHOR'), PATIENCE);
    const signed = await (await fetch(new URL('/checkpoint', restored.hub.url))).text();
    await submit(restored, 'unsigned');
    const folder = path.join(place, 'restored');
    await withEmbeddedDatabase(folder, (address) => acceptRestoreOf(address, proofFiles('EMBEDDED', folder)));
    await vi.waitFor(async () => {
      expect(JSON.stringify(await ready())).not.toContain('BEHIND_ANCHOR');
      expect(await (await fetch(new URL('/checkpoint', restored.hub.url))).text()).not.toBe(signed);
    }, PATIENCE);
    const { apiKey } = vendorOf(restored);
    const bundle = await bundleFeed(new ApiClient(restored.hub.url, apiKey), new URL(restored.hub.url));
    expect(await verifyFeedBundle(JSON.stringify(bundle), { pinned: null, seen: null })).toMatchObject({ ok: true });
  }, 60_000);

  it('tells who resumes from a cursor of before that there is a gap', async () => {
    const query = `query ($after: String) { events(after: $after, first: 1) { gap { reason resumeFrom } events { sequence } } }`;
    const { data } = await ask(restored.hub.url, vendorOf(restored).apiKey, query, { after: ahead });
    expect(data.events.gap).toMatchObject({ reason: 'RESTORED' });
    const again = await ask(restored.hub.url, vendorOf(restored).apiKey, query, { after: data.events.gap.resumeFrom });
    expect(again.data.events.gap).toBeNull();
  });
});

describe('a backup', () => {
  it('is not written into a folder that holds something', async () => {
    const address = { adminUrl: 'postgres://nobody@127.0.0.1:1/none', loginSecret: 'none' };
    await expect(backUp(path.join(place, 'hub'), address, backup)).rejects.toMatchObject({ code: 'NOT_EMPTY' });
  });

  it('is not put where a hub is', async () => {
    await expect(putBack(backup, path.join(place, 'hub'))).rejects.toMatchObject({ code: 'NOT_EMPTY' });
  });

  it.each([
    [
      'a byte of the database was changed',
      'postgres/PG_VERSION',
      'was changed',
      (file: string) => fs.appendFileSync(file, ' '),
    ],
    ['the secrets are missing', 'secrets.json', 'is missing', (file: string) => fs.rmSync(file)],
  ])('of which %s is not put back, and the file is named', async (_, name, what, damage) => {
    const copy = path.join(place, `copy of ${path.basename(name)}`);
    fs.cpSync(backup, copy, { recursive: true });
    damage(path.join(copy, name));
    const folder = path.join(place, 'never');
    await expect(putBack(copy, folder)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining(`${name} ${what}`),
    });
    expect(fs.existsSync(folder)).toBe(false);
  });

  it('is a folder that "tocsin backup" made, and nothing else is', async () => {
    await expect(putBack(path.join(place, 'hub'), path.join(place, 'never'))).rejects.toMatchObject({
      code: 'NOT_SEALED',
    });
  });
});
