import { afterAll, beforeAll, expect, test } from 'vitest';

import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const CREATE = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) {
  organisation { id name roles state } apiKey receipt { entryId } errors { code message path } } }`;
const SUSPEND = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code path } } }';
const LIST =
  'query ($after: String) { organisations(first: 2, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }';

async function create(operator: Party, input: object) {
  return (await operator.ask(CREATE, { input: { name: 'A name', roles: ['VENDOR'], ...input } })).data
    .createOrganisation;
}

/** Every organisation that the party can find, page by page. */
async function foundBy(party: Party): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { data } = await party.ask(LIST, { after });
    names.push(...data.organisations.edges.map(({ node }: { node: { name: string } }) => node.name));
    ({ hasNextPage: more, endCursor: after } = data.organisations.pageInfo);
  }
  return names;
}

test('an operator registers an organisation, and hears of it together with it', async () => {
  const made = await create(world.operator, { name: '  A new one  ', roles: ['PROVIDER', 'VENDOR', 'VENDOR'] });
  expect(made.errors).toEqual([]);
  expect(made.organisation).toMatchObject({ name: 'A new one', roles: ['VENDOR', 'PROVIDER'], state: 'ACTIVE' });
  await world.settled();
  const heard = (await world.operator.events()).filter(({ subjects }) => subjects.includes(made.organisation.id));
  expect(heard.map(({ kind, entryId }) => [kind, entryId])).toEqual([['ORGANISATION_CREATED', made.receipt.entryId]]);
});

test.each([
  ['name', { name: '' }],
  ['name', { name: '   ' }],
  ['name', { name: 'x'.repeat(201) }],
  ['name', { name: 'a\0b' }],
  ['name', { name: 'a\nb' }],
  ['name', { name: 'a\ud800' }],
  ['roles', { roles: [] }],
])('a bad %s is refused, and named', async (path, input) => {
  expect(await create(world.operator, input)).toMatchObject({
    apiKey: null,
    errors: [{ code: 'BAD_INPUT', path: [path] }],
  });
});

test('only a CERT that is at work leads', async () => {
  const [vendor, cert, gone] = [await world.organisation(['VENDOR']), await world.cert(), await world.cert()];
  await world.operator.ask(SUSPEND, { id: gone.id });
  expect((await create(world.operator, { coordinator: cert.id })).errors).toEqual([]);
  for (const coordinator of [vendor.id, gone.id, 'no id']) {
    const { errors } = await create(world.operator, { coordinator });
    expect(errors).toMatchObject([{ code: 'NOT_FOUND', path: ['coordinator'] }]);
  }
});

test('an operator suspends what it registered, and neither itself nor what another one did', async () => {
  const other = await world.organisation(['OPERATOR']);
  const { organisation } = await create(other, { name: "The other operator's" });
  const itself = (await world.operator.ask('{ viewer { organisation { id } } }')).data.viewer.organisation;
  for (const { id } of [organisation, itself]) {
    const { data } = await world.operator.ask(SUSPEND, { id });
    expect(data.suspendOrganisation.errors).toEqual([{ code: 'NOT_FOUND', path: ['organisation'] }]);
  }
  expect((await other.ask(SUSPEND, { id: organisation.id })).data.suspendOrganisation.errors).toEqual([]);
});

test('everybody finds itself and the CERTs, and an operator those that it registered', async () => {
  const [cert, vendor, provider] = [
    await world.cert(),
    await world.organisation(['VENDOR']),
    await world.organisation(['PROVIDER']),
  ];
  const other = await world.organisation(['OPERATOR']);
  await create(other, { name: 'Hidden' });
  const seen = await foundBy(vendor);
  expect(seen).toContain(cert.name);
  expect(seen).toContain(vendor.name);
  expect(seen).not.toContain(provider.name);
  expect(new Set(seen).size).toBe(seen.length);
  expect(await foundBy(world.operator)).toEqual(expect.arrayContaining([cert.name, vendor.name, provider.name]));
  expect(await foundBy(world.operator)).not.toContain('Hidden');
  expect(await foundBy(other)).toContain('Hidden');
});
