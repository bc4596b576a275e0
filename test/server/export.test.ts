import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ApiClient } from '../../src/cli/api-client.ts';
import { bundleFeed, type BundledEntry, type FeedBundle } from '../../src/cli/feed-bundle.ts';
import { folderSource } from '../../src/cli/verify-source.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { DemoOrganisation } from '../../src/server/demo-file.ts';
import { withEmbeddedDatabase } from '../../src/server/embedded-database.ts';
import { exportHub } from '../../src/server/archive/export.ts';
import { importInto } from '../../src/server/archive/import.ts';
import type { LocalHub } from '../../src/server/folder-hub.ts';
import { startLocalHub } from '../../src/server/local-hub.ts';
import { EVENTS, SUBMIT, ask } from '../support/api.ts';

let place: string;
let exported: string;
let fed: unknown;
/** What the vendor can prove of the hub that was exported. */
let proven: FeedBundle;

const start = (name: string) =>
  startLocalHub({ folder: path.join(place, name), mode: 'TRIAL', port: 0, log: silentLog });
const vendorOf = ({ demo }: LocalHub): DemoOrganisation => {
  if (!demo) throw new Error('This hub is no trial.');
  return demo.organisations.vendor;
};
const feedOf = async (hub: LocalHub, key: string) => {
  const { data } = await ask(hub.hub.url, key, EVENTS, { after: null, first: 1000 });
  return data.events.events;
};
const bundleOf = (hub: LocalHub, key: string) => bundleFeed(new ApiClient(hub.hub.url, key), new URL(hub.hub.url));
const NOTHING_KNOWN = { pinned: null, seen: null };
const submission = (name: string) => ({
  idempotencyKey: name,
  title: `report; with "every" character\t\\N \u{1F30D} ${name}`,
  tlp: 'AMBER',
  indicators: [{ value: `${name}.example`, category: 'PHISHING', comment: 'a\nb\\N\tc' }],
});
const config = {
  logLevel: 'silent',
  host: '127.0.0.1',
  port: null,
  poolSize: 2,
  database: null,
  folder: '',
  oauth: null,
  login: null,
  graphiql: null,
  limits: { trustedDocuments: null, onlyTrusted: false, proxies: '', rate: null },
  operations: { metrics: null, drainMs: 0, tracing: null },
  proof: { keys: null, anchor: null, witness: null, origin: null },
  keeping: { reportDays: null },
};

/** Every row of every table, as text, where it does not belong to one cluster alone. */
async function contentsOf(folder: string): Promise<Record<string, string[]>> {
  return withEmbeddedDatabase(folder, async ({ adminUrl }) => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      const tables = await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r' ORDER BY 1`,
      );
      const contents: Record<string, string[]> = {};
      for (const { name } of tables.rows) {
        const { rows } = await client.query<{ row: string }>(
          `SELECT (to_jsonb(t) - 'txid')::text AS row FROM hub.${name} t ORDER BY 1`,
        );
        contents[name] = rows.map(({ row }) => row);
      }
      return contents;
    } finally {
      await client.end();
    }
  });
}

beforeAll(async () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-export-'));
  const hub = await start('hub');
  const { apiKey } = vendorOf(hub);
  const { data } = await ask(hub.hub.url, apiKey, SUBMIT, { input: submission('one') });
  expect(data.submitReport.errors).toEqual([]);
  fed = await feedOf(hub, apiKey);
  proven = await bundleOf(hub, apiKey);
  await hub.stop();
  exported = path.join(place, 'export');
  await withEmbeddedDatabase(path.join(place, 'hub'), (address) => exportHub(address, 'TRIAL', exported));
  await importInto(exported, config, path.join(place, 'new'));
}, 120_000);
afterAll(() => fs.rmSync(place, { recursive: true }));

describe('a hub that was exported and imported into a new folder', () => {
  it('holds the same rows in every table', async () => {
    const [there, here] = [await contentsOf(path.join(place, 'hub')), await contentsOf(path.join(place, 'new'))];
    delete there['migration'];
    delete here['migration'];
    expect(here).toEqual(there);
    expect(Object.values(here).flat().length).toBeGreaterThan(50);
  });

  it('goes on where it was: the same keys, the same feed, and the next number after the last', async () => {
    for (const name of ['demo.json', 'keys.json']) {
      fs.copyFileSync(path.join(place, 'hub', name), path.join(place, 'new', name));
    }
    fs.copyFileSync(path.join(place, 'hub.anchor'), path.join(place, 'new.anchor'));
    const hub = await start('new');
    try {
      const { apiKey } = vendorOf(hub);
      expect((await feedOf(hub, apiKey)).slice(0, (fed as []).length)).toEqual(fed);
      const replayed = await ask(hub.hub.url, apiKey, SUBMIT, { input: submission('one') });
      expect(replayed.data.submitReport.errors).toEqual([]);
      const { data } = await ask(hub.hub.url, apiKey, SUBMIT, { input: submission('two') });
      expect(data.submitReport.errors).toEqual([]);
      const sequences = (await feedOf(hub, apiKey)).map(({ sequence }: { sequence: string }) => Number(sequence));
      expect(sequences).toEqual(sequences.map((_: number, index: number) => index + 1));
      expect(sequences.length).toBeGreaterThan((fed as []).length);
      const bundle = await bundleOf(hub, apiKey);
      expect(await verifyFeedBundle(JSON.stringify(bundle), { pinned: null, seen: proven.checkpoint })).toMatchObject({
        ...{ ok: true, fault: null, receiptsVerified: bundle.entries.length },
      });
      const kept = ({ seq, entry, leaf, receipt, position }: BundledEntry) => ({ seq, entry, leaf, receipt, position });
      expect(bundle.entries.slice(0, proven.entries.length).map(kept)).toEqual(proven.entries.map(kept));
    } finally {
      await hub.stop();
    }
  }, 60_000);
});

describe('an export', () => {
  it('holds a log that a verifier finds whole, without the hub and its database', async () => {
    const verdict = await verifyLog(folderSource(exported), 'WHOLE', NOTHING_KNOWN);
    expect(verdict).toMatchObject({ ok: true, fault: null, checkpointOk: true });
    expect(verdict.entriesVerified).toBeGreaterThan(10);
  });

  it('of which a body was changed is found out at its position', async () => {
    const copy = path.join(place, 'forged');
    fs.cpSync(exported, copy, { recursive: true });
    const file = path.join(copy, 'payloads.ndjson');
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const line = JSON.parse(lines[3] ?? '') as { body: string };
    lines[3] = JSON.stringify({ ...line, body: Buffer.from(`${atob(line.body)} `).toString('base64') });
    fs.writeFileSync(file, lines.join('\n'));
    const { fault } = await verifyLog(folderSource(copy), 'WHOLE', NOTHING_KNOWN);
    expect(fault).toMatchObject({ fault: 'BODY_TAMPERED', position: 3 });
  });

  it('holds a log that the second verifier finds whole too', async (test) => {
    const script = path.join(import.meta.dirname, '../../examples/verify.py');
    const can = spawnSync('python3', ['-c', 'import cryptography']);
    test.skip(can.status !== 0, 'python3 with python3-cryptography is not here');
    const { stdout, status } = spawnSync('python3', [script, exported], { encoding: 'utf8' });
    expect({ status, ...(JSON.parse(stdout) as object) }).toMatchObject({ status: 0, ok: true, checkpointOk: true });
  });

  it('is not imported over a hub', async () => {
    await expect(importInto(exported, config, path.join(place, 'hub'))).rejects.toMatchObject({
      code: 'IN_USE',
    });
  });

  it('of which a table was changed is not imported, and the file is named', async () => {
    const copy = path.join(place, 'changed');
    fs.cpSync(exported, copy, { recursive: true });
    fs.appendFileSync(path.join(copy, 'tables', 'report.copy'), '\n');
    await expect(importInto(copy, config, path.join(place, 'never'))).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('tables/report.copy was changed'),
    });
    expect(fs.existsSync(path.join(place, 'never'))).toBe(false);
  });

  it('on another schema is refused, with what to do', async () => {
    const copy = path.join(place, 'older');
    fs.cpSync(exported, copy, { recursive: true });
    const file = path.join(copy, 'manifest.json');
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as { about: { migrations: string[] } };
    manifest.about.migrations.pop();
    fs.writeFileSync(file, JSON.stringify(manifest));
    await expect(importInto(copy, config, path.join(place, 'never'))).rejects.toMatchObject({
      code: 'WRONG_RELEASE',
      message: expect.stringContaining('import it with the release that exported it'),
    });
  });
});
