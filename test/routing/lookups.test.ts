import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { fixtureLookup, type Looked, type Lookup } from '../../src/routing/lookup.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const fixture = fixtureLookup(
  JSON.stringify({
    'found.example': { registrarIanaId: 5001, nameServers: ['ns.dns.example'], addresses: [{ address: '192.0.2.77' }] },
    '192.0.2.99': { asn: 'AS64501', contacts: [{ role: 'HOST', domain: 'abuse.hostavia.example' }] },
    'broken.example': { asn: 'no number' },
  }),
);

/** Asks the fixture, unless a test says what happens instead. */
class Teller implements Lookup {
  readonly asked: string[] = [];
  instead: ((looked: Looked) => Promise<void>) | null = null;

  async find(looked: Looked, signal: AbortSignal) {
    this.asked.push(looked.value);
    await this.instead?.(looked);
    return fixture.find(looked, signal);
  }
}

let world: World;
let now = Date.now();
const teller = new Teller();
beforeAll(async () => void (world = await createWorld({ lookup: teller, clock: { now: () => new Date((now += 1)) } })));
afterAll(() => world[Symbol.asyncDispose]());

const rolesOf = async (vendor: Party, report: { id: string }) =>
  (await contentsOf(vendor, report)).responsibilities.map(({ role, party, reason }) => [role, party, reason]);

async function reporting() {
  const cert = await world.cert();
  return { cert, vendor: await world.vendor(cert) };
}

/** What the claims of the world are asked to hold while `act` runs; the look-up is released afterwards. */
async function whileAsked(act: (looked: Looked) => Promise<unknown>, submit: () => Promise<unknown>): Promise<void> {
  const asked = Promise.withResolvers<Looked>();
  const released = Promise.withResolvers<void>();
  teller.instead = (looked) => {
    asked.resolve(looked);
    return released.promise;
  };
  try {
    await submit();
    await act(await asked.promise);
  } finally {
    teller.instead = null;
    released.resolve();
  }
  await world.settled();
}

describe('what nobody has said is looked up', () => {
  test('outside of every transaction; until then it is being resolved, and goes on by a fact of its own', async () => {
    const { cert, vendor } = await reporting();
    const host = await world.provider();
    await world.verifies(host, [{ kind: 'IP_PREFIX', value: '192.0.2.64/26', role: 'HOST' }]);
    let report = { id: '' };
    await whileAsked(
      async (looked) => {
        expect(looked).toEqual({ kind: 'NAME', value: 'found.example', host: 'found.example' });
        expect(await rolesOf(vendor, report)).toEqual([['*', null, 'RESOLVING']]);
        // Nobody holds the case, nor the look-up, meanwhile.
        await world.database.admin('BEGIN');
        await world.database.admin("SELECT FROM triage_case WHERE value = 'found.example' FOR UPDATE NOWAIT");
        await world.database.admin("SELECT FROM lookup WHERE value = 'found.example' FOR UPDATE NOWAIT");
        await world.database.admin('ROLLBACK');
      },
      async () => {
        ({ report } = await vendor.submits(['found.example']));
        await waitFor(async () => (await rolesOf(vendor, report))[0]?.[2] === 'RESOLVING');
      },
    );
    expect(await rolesOf(vendor, report)).toEqual([
      ['HOST', host.name, 'IN_TRIAGE'],
      ['REGISTRAR', 'Registrar with IANA id 5001', 'IN_TRIAGE'],
    ]);
    const kinds = (await cert.events()).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(['PARTIES_RESOLVED', 'PARTIES_CHANGED']);
    expect((await vendor.events()).map(({ kind }) => kind)).not.toContain('PARTIES_RESOLVED');
  });

  test('for each report anew: nobody is answered from what was asked for another', async () => {
    const { vendor, cert } = await reporting();
    const other = await world.vendor(cert);
    await vendor.submits(['www.found.example']);
    await world.settled();
    const before = teller.asked.length;
    const { report } = await other.submits(['mail.found.example']);
    await world.settled();
    expect(teller.asked.slice(before)).toEqual(['found.example']);
    expect((await rolesOf(other, report)).map(([role]) => role)).toEqual(['HOST', 'REGISTRAR']);
  });

  test('a network and a contact are parties from the first day too', async () => {
    const { cert } = await reporting();
    await cert.submits(['192.0.2.99']);
    await world.settled();
    const { data } = await cert.ask('{ cases(first: 1) { edges { node { parties { role name claimKind } } } } }');
    expect(data.cases.edges[0].node.parties).toEqual([
      { role: 'HOST', name: expect.stringMatching(/^PROVIDER/), claimKind: 'IP_PREFIX' },
      { role: 'NETWORK', name: 'Network AS64501', claimKind: 'ASN' },
    ]);
  });

  test('but not where its reporter keeps it to passive means', async () => {
    const { vendor } = await reporting();
    const before = teller.asked.length;
    const { report } = await vendor.submits(['passive.example'], { pap: 'AMBER' });
    await world.settled();
    expect(teller.asked.slice(before)).toEqual([]);
    expect(await rolesOf(vendor, report)).toEqual([['*', null, 'NO_CLAIM']]);
  });
});

describe('an answer that does not come', () => {
  test('is asked for again, and at last it is said that nobody is known', async () => {
    const { vendor } = await reporting();
    teller.instead = () => Promise.reject(new Error('no route'));
    const before = teller.asked.length;
    const { report } = await vendor.submits(['silent.example']);
    await waitFor(async () => {
      // The lease of the attempt before has run out.
      now += 60_000;
      return (await rolesOf(vendor, report))[0]?.[2] === 'NO_CLAIM';
    });
    teller.instead = null;
    await world.settled();
    expect(teller.asked.slice(before)).toEqual(['silent.example', 'silent.example', 'silent.example']);
  });

  test('is what an answer is that cannot be read', async () => {
    const { vendor } = await reporting();
    const { report } = await vendor.submits(['broken.example']);
    await waitFor(async () => {
      now += 60_000;
      return (await rolesOf(vendor, report))[0]?.[2] === 'NO_CLAIM';
    });
    await world.settled();
    const [row] = await world.database.admin("SELECT state FROM lookup WHERE value = 'broken.example'");
    expect(row).toEqual({ state: 'FAILED' });
  });
});

test('a fixture is read or refused when it is given', () => {
  expect(() => fixtureLookup('{"a.example": {"registrar": 5}}')).toThrow();
  expect(() => fixtureLookup('no json')).toThrow();
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
