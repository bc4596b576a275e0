import { afterAll, beforeAll, expect, test } from 'vitest';

import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const RESPONSIBILITIES = `query ($id: ID!) { report(id: $id) { responsibilities(first: 100) {
  edges { node { role party state reason resource toldAt } } } } }`;

test('a report reaches the registrar and the host, and their answers reach the vendor', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const registrar = await world.provider({ REGISTRAR: ['travels.example'] });
  const host = await world.provider({ HOST: ['travels.example'] });
  const { report } = await vendor.submits(['hxxp://www.travels[.]example/login', 'mail.travels.example']);
  await world.settled();

  const cases = await cert.cases();
  expect(cases).toMatchObject([{ resource: 'travels.example', state: 'NEW' }]);
  await cert.confirms(cases);
  await cert.forwards(cases);
  await world.settled();

  const [item] = await registrar.inbox();
  expect(item).toMatchObject({ resource: 'travels.example', role: 'REGISTRAR', state: 'SENT' });
  await registrar.acts(item ? [item] : []);
  const events = await host.events();
  await host.readsUpTo(events.at(-1)?.cursor ?? '');
  await world.settled();

  const { data } = await vendor.ask(RESPONSIBILITIES, { id: report.id });
  const rows = data.report.responsibilities.edges.map(({ node }: { node: unknown }) => node);
  expect(rows).toEqual([
    {
      role: 'HOST',
      party: host.name,
      state: 'TOLD',
      reason: null,
      resource: 'travels.example',
      toldAt: expect.any(String),
    },
    {
      role: 'REGISTRAR',
      party: registrar.name,
      state: 'ACTED_ON_WORD',
      reason: null,
      resource: 'travels.example',
      toldAt: expect.any(String),
    },
  ]);
});
