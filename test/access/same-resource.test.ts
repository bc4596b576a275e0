import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { fixtureLookup, type Lookup } from '../../src/routing/lookup.ts';
import { EVENTS, SUBMIT } from '../support/api.ts';
import { decides } from '../support/coordinator.ts';
import { OUTCOMES } from '../support/outcomes.ts';
import { adds, allowsTelling, seals, toItem, withdraws } from '../support/reporter.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { Masked } from './masked.ts';

/** A world with two vendors on the same resources, and one in which the first of them never said anything. */
interface Side {
  readonly world: World;
  readonly cert: Party;
  readonly first: Party;
  readonly second: Party;
  readonly registrar: Party;
}

const NAMES = ['decided.example', 'triage.example', 'answered.example', 'taken-back.example'];
/** What the first vendor keeps close, and what its coordinator says, asks and shares of a case before anybody else is in it. */
const KEPT = {
  'alone.example': { tell: 'COORDINATOR_ONLY' },
  'quiet.example': { pap: 'RED' },
  'red.example': { tlp: 'RED' },
  'asked.example': {},
  'described.example': {},
  'shared.example': {},
  'looked-up.example': {},
};
const ALL = [...NAMES, ...Object.keys(KEPT)];

/** Answers about one name, so that it does not matter which answers come together; asked for each report anew. */
const lookup = fixtureLookup(
  JSON.stringify({ 'looked-up.example': { contacts: [{ role: 'DNS_OPERATOR', domain: 'dns.example' }] } }),
);

let sides: readonly Side[] = [];
beforeAll(async () => void (sides = await Promise.all([makeSide({ lookup }), makeSide({ lookup })])));
afterAll(() => Promise.all(sides.map(({ world }) => world[Symbol.asyncDispose]())));

async function makeSide(options: { lookup?: Lookup } = {}): Promise<Side> {
  const world = await createWorld(options);
  const cert = await world.cert();
  const first = await world.vendor(cert);
  const second = await world.vendor(cert);
  const registrar = await world.provider({ REGISTRAR: ALL });
  await world.provider({ HOST: [...ALL.slice(1), 'fresh.example'] });
  const described = await world.provider();
  await world.verifies(described, [{ kind: 'NAME_SERVER_SUFFIX', role: 'DNS_OPERATOR', value: 'other-dns.example' }]);
  return { world, cert, first, second, registrar };
}

/** Everything that can have happened to the resources before the second vendor speaks. */
async function firstVendorWasThere({ world, cert, first, registrar }: Side): Promise<void> {
  const { report } = await first.submits(
    NAMES.map((value, index) => ({ value, externalId: `name-${index}` })),
    { externalId: 'the-report' },
  );
  await first.submits(['triage.example'], { seal: false });
  for (const [name, labels] of Object.entries(KEPT)) await first.submits([name], labels);
  await world.settled();
  const cases = await cert.cases();
  const decided = cases.filter(({ resource }) => NAMES.includes(resource) && resource !== 'triage.example');
  await speakOf(world, cert, cases);
  await cert.confirms(decided);
  await cert.forwards(decided);
  await world.settled();
  const items = await registrar.inbox();
  await registrar.acts(items.filter(({ resource }) => resource === 'answered.example'));
  const events = await registrar.events();
  await registrar.readsUpTo(events.at(-1)?.cursor ?? '');
  const contents = await first.ask(
    'query ($id: ID!) { report(id: $id) { indicators(first: 9) { edges { node { id value } } } } }',
    {
      id: report.id,
    },
  );
  const nodes: { id: string; value: string }[] = contents.data.report.indicators.edges.map(({ node }: never) => node);
  await withdraws(
    first,
    report,
    nodes.filter(({ value }) => value === 'taken-back.example'),
  );
  await world.settled();
}

/** The coordinator asks the first vendor, says what lies behind a case and who acts on it, and shares one: it decides nothing. */
async function speakOf(world: World, cert: Party, cases: readonly { id: string; resource: string }[]): Promise<void> {
  const on = (name: string) => cases.filter(({ resource }) => resource === name);
  const [asked, described, shared] = [on('asked.example'), on('described.example'), on('shared.example')];
  const answers = [
    await decides(cert, 'claimCases', asked),
    await decides(cert, 'askReporter', asked, { question: 'Since when?' }),
    await decides(cert, 'describeHosting', described, {
      hosting: { nameServers: ['ns.other-dns.example'] },
    }),
    await decides(cert, 'addCoordinators', shared, { coordinator: (await world.cert()).id }),
  ];
  for (const { results, errors } of answers) expect([results?.[0]?.error, errors]).toEqual([null, []]);
  await world.settled();
}

const REPORT = `query ($id: ID!) { report(id: $id) { id reporter externalId title state tell tlp pap createdAt sealedAt questions(first: 9) { edges { node { id state question } } }
  indicators(first: 100) { edges { cursor node { id ord type value resource resourceKind category outcome consents externalId report } }
    pageInfo { hasNextPage endCursor } }
  responsibilities(first: 100) { edges { cursor node { resource resourceKind role party state reason toldAt since } } pageInfo { endCursor } } } }`;
const REPORTS = '{ reports(first: 100) { edges { cursor node { id state tell externalId } } } viewer { permissions } }';
const TRAIL =
  'query ($id: ID!) { auditTrail(subject: $id, first: 100) { edges { cursor node { sequence kind summary subjects details } } } }';

/** What the second vendor does, and every answer that it gets; the world may settle in between. */
async function secondVendorAnswers({ world, second }: Side): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ask = async (query: string, variables: object = {}) => {
    const answer = await second.ask(query, variables);
    answers.push(answer);
    return answer.data;
  };
  const look = async () => {
    await world.settled();
    const { reports } = await ask(REPORTS);
    for (const { node } of reports.edges) {
      await ask(REPORT, { id: node.id });
      await ask(TRAIL, { id: node.id });
    }
    await ask(EVENTS, { first: 1000 });
    // Everything, what a cursor of each page leads on to, and page by page what the whole feed told.
    for (const first of [3, 1000]) await walk(first, null);
    await walk(1000, '1.1');
  };
  const walk = async (first: number, start: string | null) => {
    for (let [changedAfter, end] = [start, '']; changedAfter !== end;) {
      const { outcomes } = await ask(OUTCOMES, { first, changedAfter });
      [changedAfter, end] = [outcomes.cursor, outcomes.head];
    }
  };
  const items = [...ALL, 'www.triage.example', 'not a name', 'fresh.example', NAMES[0] ?? ''];
  const indicators = items.map((value, index) => ({ ...toItem(value), externalId: `name-${index}` }));
  const input = { idempotencyKey: 'key', externalId: 'the-report', title: 'Mine', tlp: 'AMBER', indicators };
  const { submitReport: sent } = await ask(SUBMIT, { input });
  await look();
  await ask(SUBMIT, { input });
  await ask(SUBMIT, { input: { ...input, idempotencyKey: 'another key' } });
  const { report: held } = await second.submits(['triage.example'], { seal: false, tell: 'ASK_ME' });
  answers.push(await adds(second, held, ['answered.example']), await seals(second, held));
  await look();
  answers.push(await allowsTelling(second, held));
  await look();
  answers.push(await withdraws(second, sent.report, [sent.results[1].indicator]), await withdraws(second, held));
  await look();
  answers.push(await withdraws(second, sent.report));
  await look();
  return answers;
}

describe('until the coordinator decides', { timeout: 120_000 }, () => {
  test('a vendor is answered to the letter as if nobody had reported the same resources before', async () => {
    const [shared, alone] = sides as [Side, Side];
    await firstVendorWasThere(shared);
    const [withFirst, withoutFirst] = [await secondVendorAnswers(shared), await secondVendorAnswers(alone)];
    expect(new Masked().of(withFirst)).toBe(new Masked().of(withoutFirst));
    expect(JSON.stringify(withFirst)).toContain('"outcome":"IN_TRIAGE"');
    // What is looked up is looked up for this vendor too, whatever the first has said of acting.
    expect(JSON.stringify(withFirst)).toContain('"role":"DNS_OPERATOR"');
  });

  test('a vendor hears nothing of what another does to the same resources afterwards', async () => {
    const [{ world, first, second }] = sides as [Side, Side];
    const before = JSON.stringify(await second.ask(EVENTS, { first: 1000 }));
    const { report } = await first.submits(NAMES);
    await adds(first, report, ['login.triage.example']);
    await world.settled();
    await withdraws(first, report);
    await world.settled();
    expect(JSON.stringify(await second.ask(EVENTS, { first: 1000 }))).toBe(before);
  });

  test('a vendor is served in the same steps whatever else waits to be admitted with it', async () => {
    const names = Array.from({ length: 600 }, (_, index) => `n${index}.batch.example`);
    const [shared, alone] = await Promise.all(
      [0, 1].map(async (index) => {
        const { first, second, ...side } = await makeSide();
        await using world = side.world;
        const [before] = (await second.events()).slice(-1);
        await whileFlowWaits(world, async () => {
          if (index === 0) await first.submits(names);
          await second.submits(names);
        });
        await world.settled();
        return new Masked().of(await second.ask(EVENTS, { after: before?.cursor, first: 1000 }));
      }),
    );
    expect(shared).toBe(alone);
  });
});
