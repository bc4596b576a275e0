import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { DEMO_SLUGS, type DemoFile } from '../../src/server/demo-file.ts';
import { provideDemo } from '../../src/server/demo-organisations.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import { ask } from '../support/api.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testProof } from '../support/proof.ts';

let database: TestDatabase;
let hub: Hub;
let demo: DemoFile;

beforeAll(async () => {
  database = await createDatabase();
  hub = await startHub({ ...serving, database: database.address });
  demo = fileOf(await provideDemo(hub.app, null));
});
afterAll(async () => {
  await hub.stop();
  await database.drop();
});

const serving = { documentation: true, log: silentLog, host: '127.0.0.1', port: 0, proof: testProof() };
const fileOf = (organisations: DemoFile['organisations']): DemoFile => ({
  ...{ url: hub.url, wsUrl: hub.wsUrl, organisations },
});
const idsOf = ({ organisations }: DemoFile) => DEMO_SLUGS.map((slug) => organisations[slug].id);
const keysOf = ({ organisations }: DemoFile) => DEMO_SLUGS.map((slug) => organisations[slug].apiKey);
const countRows = () =>
  database.admin<{ name: string }>('SELECT name FROM organisation UNION ALL SELECT id::text FROM client');

async function whoHas(key: string) {
  const query = '{ viewer { organisation { id name roles state } permissions } }';
  return (await ask(hub.url, key, query)).data?.viewer ?? null;
}

describe('the demo organisations', () => {
  it('are ten, in their roles, each with a key that opens it', async () => {
    for (const slug of DEMO_SLUGS) {
      const { id, name, roles, apiKey } = demo.organisations[slug];
      expect((await whoHas(apiKey)).organisation).toEqual({ id, name, roles, state: 'ACTIVE' });
      expect(name).toMatch(/\.example\)$/);
    }
    const roles = DEMO_SLUGS.map((slug) => `${slug} ${demo.organisations[slug].roles.join()}`);
    expect(roles).toEqual([
      ...['vendor VENDOR', 'vendor2 VENDOR', 'cert CERT', 'cert2 CERT', 'registrar PROVIDER', 'reseller PROVIDER'],
      ...['host PROVIDER', 'mailProvider PROVIDER', 'authority AUTHORITY', 'operator OPERATOR'],
    ]);
  });

  it('have the first CERT for the coordinator of both vendors', async () => {
    const rows = await database.admin<{ vendor: string; coordinator: string }>(
      `SELECT v.name AS vendor, c.name AS coordinator FROM organisation v JOIN organisation c ON c.id = v.coordinator_id ORDER BY v.id`,
    );
    const { vendor, vendor2, cert } = demo.organisations;
    expect(rows).toEqual([vendor, vendor2].map(({ name }) => ({ vendor: name, coordinator: cert.name })));
  });

  it('are made once, and keep the keys that are known', async () => {
    const before = await countRows();
    expect(await provideDemo(hub.app, demo)).toEqual(demo.organisations);
    expect(await countRows()).toEqual(before);
  });

  it('get new keys under their old ids when the known ones are lost, and the old ones still open', async () => {
    const again = fileOf(await provideDemo(hub.app, null));
    expect(idsOf(again)).toEqual(idsOf(demo));
    expect(keysOf(again).filter((key) => keysOf(demo).includes(key))).toEqual([]);
    for (const slug of DEMO_SLUGS) {
      const { id, apiKey } = again.organisations[slug];
      const { organisation, permissions } = await whoHas(apiKey);
      expect(organisation.id).toBe(id);
      expect(permissions).toEqual((await whoHas(demo.organisations[slug].apiKey)).permissions);
    }
  });

  it('get one new key where one was revoked, in an entry by the hub itself', async () => {
    const { registrar } = demo.organisations;
    const query = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';
    const { data } = await ask(hub.url, registrar.apiKey, '{ clients(first: 10) { edges { node { id name } } } }');
    const [first] = data.clients.edges.map(({ node }: { node: { id: string } }) => node.id);
    await ask(hub.url, registrar.apiKey, query, { id: first });

    // Another node: this one believes a key for some seconds.
    const other = await startHub({ ...serving, database: database.address });
    const again = fileOf(await provideDemo(other.app, demo));
    await other.stop();
    expect(DEMO_SLUGS.filter((slug) => again.organisations[slug].apiKey !== demo.organisations[slug].apiKey)).toEqual([
      'registrar',
    ]);
    const events = await ask(
      hub.url,
      again.organisations.registrar.apiKey,
      '{ events(first: 100) { events { kind actor { name } } } }',
    );
    expect(events.data.events.events).toContainEqual({ kind: 'CLIENT_CREATED', actor: null });
  });

  it('leave a suspended one as it is', async () => {
    const { operator, reseller } = demo.organisations;
    const query = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }';
    await ask(hub.url, operator.apiKey, query, { id: reseller.id });
    const before = await countRows();
    const other = await startHub({ ...serving, database: database.address });
    expect((await provideDemo(other.app, demo)).reseller).toEqual(reseller);
    await other.stop();
    expect((await countRows()).length).toBe(before.length + 1);
  });
});
