import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides } from '../support/coordinator.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function registrarWithId(id: number): Promise<Party> {
  const registrar = await world.provider();
  await world.verifies(registrar, [{ kind: 'IANA_REGISTRAR_ID', role: 'REGISTRAR', value: String(id) }]);
  return registrar;
}

async function reported(value: string, hosting?: object) {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([{ value, ...(hosting ? { hosting } : {}) }]);
  await world.settled();
  return { cert, vendor, report };
}

async function partiesOf(cert: Party): Promise<string[]> {
  const { data } = await cert.ask('{ cases(first: 10) { edges { node { parties { role name } } } } }');
  const nodes: { node: { parties: { role: string; name: string }[] } }[] = data.cases.edges;
  return nodes.flatMap(({ node }) => node.parties.map(({ role, name }) => `${role} ${name}`));
}

async function says(cert: Party, input: object) {
  const answer = await decides(cert, 'describeHosting', await cert.cases(), input);
  await world.settled();
  return answer;
}

describe('what lies behind a case, as its coordinator says', () => {
  test('counts for a case of which nothing was known, and is told by forwarding', async () => {
    const registrar = await registrarWithId(7001);
    const { cert, vendor, report } = await reported('named.example');
    expect(await partiesOf(cert)).toEqual([]);
    const { results } = await says(cert, { hosting: { registrarIanaId: 7001 } });
    expect(results).toMatchObject([{ error: null }]);
    expect(await partiesOf(cert)).toEqual([`REGISTRAR ${registrar.name}`]);
    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases());
    await world.settled();
    expect((await registrar.inbox()).map(({ resource }) => resource)).toEqual(['named.example']);
    expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([{ party: registrar.name }]);
  });

  test('counts instead of what a reporter says of the same kind, and not of another', async () => {
    const [wrong, right] = [await registrarWithId(7002), await registrarWithId(7003)];
    const { cert } = await reported('corrected.example', { registrarIanaId: 7002 });
    expect(await partiesOf(cert)).toEqual([`REGISTRAR ${wrong.name}`]);
    await says(cert, { hosting: { registrarIanaId: 7003 } });
    expect(await partiesOf(cert)).toEqual([`REGISTRAR ${right.name}`]);
    await says(cert, { hosting: { nameServers: ['ns.corrected.example'] } });
    expect(await partiesOf(cert)).toEqual([`REGISTRAR ${wrong.name}`]);
  });

  test('is tried without being said: nothing changes', async () => {
    await registrarWithId(7004);
    const { cert } = await reported('rehearsed.example');
    const before = await cert.events();
    await says(cert, { hosting: { registrarIanaId: 7004 }, dryRun: true });
    expect(await partiesOf(cert)).toEqual([]);
    expect(await cert.events()).toEqual(before);
  });

  test('is refused where it is not what it should be, each case for itself', async () => {
    const { cert } = await reported('refused.example');
    const { results } = await says(cert, { hosting: { asn: 'no number' } });
    expect(results).toMatchObject([{ case: null, error: { code: 'BAD_INPUT' } }]);
  });

  test('tells no reporter who comes later that there was one before', async () => {
    const [wrong, right] = [await registrarWithId(7008), await registrarWithId(7009)];
    const { cert, vendor, report } = await reported('older.example', { registrarIanaId: 7008 });
    await says(cert, { hosting: { registrarIanaId: 7009 } });
    const later = await world.vendor(cert);
    const second = await later.submits([{ value: 'older.example', hosting: { registrarIanaId: 7008 } }]);
    const third = await later.submits(['older.example']);
    await world.settled();
    const partiesFor = async (reporter: Party, of: { id: string }) =>
      (await contentsOf(reporter, of)).responsibilities.map(({ party, reason }) => `${party} ${reason}`);
    expect(await partiesFor(vendor, report)).toEqual([`${right.name} IN_TRIAGE`]);
    expect(await partiesFor(later, second.report)).toEqual([`${wrong.name} IN_TRIAGE`]);
    expect(await partiesFor(later, third.report)).toEqual(['null NO_CLAIM']);
    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases());
    await world.settled();
    expect(await partiesFor(later, second.report)).toEqual([`${right.name} SENT`]);
    expect(await partiesFor(later, third.report)).toEqual([`${right.name} SENT`]);
  });

  test('is no business of another coordinator, and heard by no reporter', async () => {
    await registrarWithId(7005);
    const { cert, vendor } = await reported('private.example');
    const other = await world.cert();
    const { results } = await decides(other, 'describeHosting', await cert.cases(), {
      hosting: { registrarIanaId: 7005 },
    });
    expect(results).toMatchObject([{ case: null, error: { code: 'NOT_FOUND' } }]);
    await says(cert, { hosting: { registrarIanaId: 7005 } });
    const heard = async (party: Party) => (await party.events()).map(({ kind }) => kind);
    expect(await heard(cert)).toEqual(expect.arrayContaining(['HOSTING_DESCRIBED', 'PARTIES_CHANGED']));
    for (const party of [vendor, other]) expect(await heard(party)).not.toContain('HOSTING_DESCRIBED');
  });
});
