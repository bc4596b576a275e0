import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Human } from '../support/people.ts';
import { LoginIssuer, STRONG } from '../support/login-issuer.ts';
import { createWorld, Party, type World } from '../support/world.ts';
import { approves, demands, forwardOf, forwards, makeOffice, stateOf, type Office } from './office.ts';

let issuer: LoginIssuer;
let world: World;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ login: issuer.settings() });
  issuer.knows(world.hub.url);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});

const office = (people?: number): Promise<Office> => makeOffice(world, issuer, people);

describe('with a second factor demanded', () => {
  test('a person acts outward in a session that was begun with one, and in no other', async () => {
    const { cert, caseId, staff } = await office(1);
    const [one] = staff as [Human];
    await demands(cert, { requireMfa: true });
    const input = forwardOf(caseId);
    expect((await forwards(one, input)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, acr: 'urn:example:something-else' });
    expect((await forwards(one, input)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, acr: STRONG });
    expect((await forwards(one, input)).errors).toEqual([]);
    await world.settled();
    expect(await stateOf(cert, caseId)).not.toBe('CONFIRMED');
  });

  test('a provider that names its methods is heard as well; a key of a person shows none, and a machine needs none', async () => {
    const { cert, caseId, staff } = await office(1);
    const [one] = staff as [Human];
    await demands(cert, { requireMfa: true });
    const { data } = await cert.ask(
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey } }',
      { input: { name: 'hers', permissions: ['CASES_DECIDE'], member: one.member } },
    );
    const hers = new Party(world, cert.id, cert.name, data.createClient.apiKey);
    expect((await forwards(hers, forwardOf(caseId))).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, amr: ['pwd', 'mfa'] });
    const rehearsal = { ...forwardOf(caseId), dryRun: false };
    expect((await forwards(one, rehearsal)).errors).toEqual([]);
    expect((await cert.forwards([{ id: caseId }])).errors).toEqual([]);
  });

  test('who approves shows one too', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { requireMfa: true, fourEyes: true });
    await one.signsIn('?strong', { ...one.visitor, acr: STRONG });
    const { errors } = await forwards(one, forwardOf(caseId));
    expect(errors).toMatchObject([{ code: 'NEEDS_APPROVAL' }]);
    expect((await approves(other, errors[0].approval)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await other.signsIn('?strong', { ...other.visitor, acr: STRONG });
    expect((await approves(other, errors[0].approval)).errors).toEqual([]);
  });
});

test('an organisation that demands nothing acts as before', async () => {
  const { cert, caseId, staff } = await office(1);
  expect((await cert.ask('{ actPolicy { requireMfa fourEyes } }')).data.actPolicy).toEqual({
    ...{ requireMfa: false, fourEyes: false },
  });
  expect((await forwards(staff[0] as Human, forwardOf(caseId))).errors).toEqual([]);
});
