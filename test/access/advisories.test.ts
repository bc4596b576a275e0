import { afterAll, beforeAll, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { policyOf, rootFields } from '../../src/platform/api/policy.ts';
import { ask } from '../support/api.ts';
import { askOverSocket } from './answers.ts';
import { clientOf, makeThread, unknownLike, type Thread } from './thread.ts';

/**
 * What went wrong at others who do this work, played again here. Not here, for there is nothing of the kind to try:
 * - code in the template of a webhook (CVE-2025-24977): the hub sends no webhooks and fills in no templates;
 * - objects out of a pickle (CVE-2022-40238): every input is JSON, and becomes what the schema says or is refused;
 * - attachments that were not shared (CVE-2026-18749): there are none yet. What a report says beside its values is the
 *   nearest, and is asked below.
 */
let thread: Thread;
beforeAll(async () => void (thread = await makeThread()));
afterAll(() => thread.leave());

const post = (headers: Record<string, string>, body: object | string) =>
  fetch(thread.world.hub.url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const JSON_BODY = { 'content-type': 'application/json' };

test('CVE-2026-27960: the id of an administrator, an organisation or a client is no bearer token', async () => {
  const { organisation, client, member } = thread.subjects;
  const plain = [rowIdOf('Organisation', organisation), rowIdOf('Client', client), rowIdOf('Member', member)];
  for (const id of [organisation, client, member, ...plain]) {
    for (const token of [id ?? '', `tocsin_${id}`]) {
      const { status, errors } = await ask(thread.world.hub.url, token, '{ viewer { organisation { id } } }');
      expect([status, errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      const socket = await askOverSocket(thread.world.hub.wsUrl, token, '{ viewer { organisation { id } } }');
      expect(socket.errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
  }
});

test('CVE-2026-76822: no mutation that makes something is for whoever is merely signed in', () => {
  const open = rootFields(thread.world.hub.app.schema).filter(({ field }) => {
    const policy = policyOf(field);
    return !policy || 'anyone' in policy;
  });
  // What waits in one's own organisation is answered by whoever may do the act itself, which is asked of each act.
  const onOwnActs = ['Mutation.approveAct', 'Mutation.declineAct'];
  expect(open.map(({ name }) => name).filter((name) => name.startsWith('Mutation.'))).toEqual(onOwnActs);
});

test('CVE-2025-61781: the id of somebody else’s row, given to a mutation that ends it, ends nothing', async () => {
  const { VENDOR } = thread.parties;
  for (const [field, argument, subject] of [
    ['revokeClient', 'client', thread.subjects.client],
    ['removeMember', 'member', thread.subjects.member],
  ] as const) {
    const text = `mutation ($id: ID!) { ${field}(${argument}: $id) { errors { code message } } }`;
    const [foreign, unknown] = [
      await VENDOR.ask(text, { id: subject }),
      await VENDOR.ask(text, { id: unknownLike(subject) }),
    ];
    expect(foreign.data[field].errors[0].code).toBe('NOT_FOUND');
    expect(foreign).toEqual(unknown);
  }
  const { data } = await thread.parties.reporter.ask('query ($id: ID!) { node(id: $id) { id } }', {
    id: thread.subjects.client,
  });
  expect(data.node.id).toBe(thread.subjects.client);
});

test('PYSEC-2026-3445: no header of the client’s lifts a check', async () => {
  const { VENDOR } = thread.parties;
  const headers = ['synchronized-upsert', 'x-internal', 'x-admin', 'x-bypass', 'x-original-user', 'x-forwarded-user'];
  const lifted = Object.fromEntries(headers.map((name) => [name, 'true']));
  const query = 'query ($id: ID!) { report(id: $id) { id } cases: node(id: $id) { id } }';
  const body = { query, variables: { id: thread.subjects.report } };
  const answer = await post({ ...JSON_BODY, ...lifted, authorization: `Bearer ${VENDOR.key}` }, body);
  expect(await answer.json()).toMatchObject({ data: { report: null, cases: null } });
});

test('PYSEC-2025-178: nobody gives itself what it does not hold, and an address tells nothing of who has an account', async () => {
  const { reporter } = thread.parties;
  const narrow = await clientOf(reporter, ['organisation:manage']);
  const text = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey errors { code } } }';
  const { data } = await narrow.party.ask(text, { input: { name: 'more', permissions: ['HUB_OPERATE'] } });
  expect(data.createClient).toMatchObject({ apiKey: null, errors: [{ code: expect.any(String) }] });
  const invite = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { errors { code message } } }';
  const invited = (email: string) => thread.parties.VENDOR.ask(invite, { input: { name: 'x', email } });
  expect(await invited('person@reporter.example')).toEqual(await invited('nobody@nowhere.example'));
});

test('CVE-2026-35211: a filter takes no operator and no script', async () => {
  const { coordinator } = thread.parties;
  for (const filter of [{ operator: 'script' }, { state: { $ne: 'NEW' } }, { category: "PHISHING' OR true" }]) {
    const { errors } = await coordinator.ask(
      'query ($filter: CaseFilter) { cases(first: 1, filter: $filter) { edges { node { id } } } }',
      { filter },
    );
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('CVE-2026-114505: a page of somebody else’s can neither ask nor change anything by a link or a form', async () => {
  const key = { authorization: `Bearer ${thread.parties.reporter.key}` };
  const url = (query: string) => `${thread.world.hub.url}?query=${encodeURIComponent(query)}`;
  const mutation = 'mutation { acknowledgeEvents(cursor: "1.1") { errors { code } } }';
  expect((await fetch(url('{ viewer { permissions } }'), { headers: key })).status).toBe(400);
  expect((await fetch(url(mutation), { headers: { ...key, 'apollo-require-preflight': '1' } })).status).toBe(405);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const { status } = await post({ ...key, 'content-type': type }, JSON.stringify({ query: mutation }));
    expect([type, status >= 400 && status < 500]).toEqual([type, true]);
  }
});

// Not asked of the coordinator that handed a case over: it heard of the case while it was its own.
test('a live stream (#16814) carries nothing of what its reader may not read: each subject in it can be opened', async () => {
  for (const name of [
    'reporter',
    'otherCoordinator',
    'provider',
    'otherReporter',
    'coCoordinator',
    'delegate',
  ] as const) {
    const party = thread.parties[name];
    const stream = 'subscription { events(after: "1.0", first: 200) { events { subjects } } }';
    const { data } = await askOverSocket(thread.world.hub.wsUrl, party.key, stream);
    const events = (data as { events: { events: { subjects: string[] }[] } }).events.events;
    const subjects = [...new Set(events.flatMap((event) => event.subjects))];
    for (const id of subjects) {
      const answer = await party.ask('query ($id: ID!) { node(id: $id) { id } }', { id });
      expect([name, id, answer.data.node?.id]).toEqual([name, id, id]);
    }
  }
});

test('what a report says beside its values (CVE-2026-18749) is not for the party that is asked to act', async () => {
  const { provider } = thread.parties;
  const { data } = await provider.ask('query ($id: ID!) { node(id: $id) { id } }', { id: thread.subjects.report });
  expect(data.node).toBeNull();
});
