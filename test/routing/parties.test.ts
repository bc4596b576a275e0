import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { partiesOf } from './asking.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const by = ({ name }: Party, role: string, claimKind: string) => ({ role, name, claimKind, unclaimed: false });

describe('what a reporter knows of the hosting', () => {
  test('finds registrar, name servers, hosts and mail providers that claim by it', async () => {
    const registrar = await world.provider();
    const dns = await world.provider();
    const host = await world.provider();
    const mail = await world.provider();
    await world.verifies(registrar, [{ kind: 'IANA_REGISTRAR_ID', value: '1234', role: 'REGISTRAR' }]);
    await world.verifies(dns, [{ kind: 'NAME_SERVER_SUFFIX', value: 'dns.example', role: 'DNS_OPERATOR' }]);
    await world.verifies(host, [{ kind: 'IP_PREFIX', value: '192.0.2.0/25', role: 'HOST' }]);
    await world.verifies(mail, [{ kind: 'MAIL_DOMAIN', value: 'postilune.example', role: 'MAIL_PROVIDER' }]);
    const hosting = {
      registrarIanaId: 1234,
      nameServers: ['NS1.dns.example.'],
      addresses: [{ address: '192.0.2.9', at: '2026-01-02T03:04:05Z' }],
    };
    expect(await partiesOf(world, { value: 'known.example', hosting })).toEqual([
      by(dns, 'DNS_OPERATOR', 'NAME_SERVER_SUFFIX'),
      by(host, 'HOST', 'IP_PREFIX'),
      by(registrar, 'REGISTRAR', 'IANA_REGISTRAR_ID'),
    ]);
    const mailbox = { value: 'a@customer.example', hosting: { mailExchangers: ['mx1.postilune.example'] } };
    expect(await partiesOf(world, mailbox)).toEqual([by(mail, 'MAIL_PROVIDER', 'MAIL_DOMAIN')]);
    expect(await partiesOf(world, { value: 'b@postilune.example' })).toEqual([
      by(mail, 'MAIL_PROVIDER', 'MAIL_DOMAIN'),
    ]);
    expect(await partiesOf(world, { value: 'http://192.0.2.10/x' })).toEqual([by(host, 'HOST', 'IP_PREFIX')]);
    expect(await partiesOf(world, { value: '192.0.2.200' })).toEqual([]);
  });

  test('never answers another reporter of the same resource, before the coordinator has decided', async () => {
    const cert = await world.cert();
    const [knowing, other] = [await world.vendor(cert), await world.vendor(cert)];
    const host = await world.provider();
    await world.verifies(host, [{ kind: 'ASN', value: 'AS64500', role: 'HOST' }]);
    const first = await knowing.submits([{ value: 'ours.example', hosting: { asn: '64500' } }]);
    const second = await other.submits(['ours.example']);
    await world.settled();
    const told = async (party: Party, { report }: { report: { id: string } }) =>
      (await contentsOf(party, report)).responsibilities.map(({ role, party: who, reason }) => [role, who, reason]);
    expect(await told(knowing, first)).toEqual([['HOST', host.name, 'IN_TRIAGE']]);
    expect(await told(other, second)).toEqual([['*', null, 'NO_CLAIM']]);
    const cases = await cert.cases();
    await cert.confirms(cases);
    await cert.forwards(cases);
    await world.settled();
    expect(await told(other, second)).toEqual([['HOST', host.name, 'SENT']]);
  });

  test('that cannot be is refused with the item, and spoils no other', async () => {
    const vendor = await world.vendor(await world.cert());
    const { results } = await vendor.submits([
      { value: 'fine.example', hosting: {} },
      { value: 'bad.example', hosting: { asn: 'AS0' } },
      { value: 'bad.example', hosting: { nameServers: ['no name'] } },
      { value: 'a@bad.example', hosting: { registrarIanaId: 7 } },
      { value: 'd41d8cd98f00b204e9800998ecf8427e', hosting: { asn: '64500' } },
      { value: 'bad.example', hosting: { addresses: [{ address: '10.0.0.1' }] } },
    ]);
    expect(results.map(({ code }: { code?: string }) => code ?? 'ACCEPTED')).toEqual([
      'ACCEPTED',
      ...Array.from({ length: 5 }, () => 'BAD_HOSTING'),
    ]);
  });
});
