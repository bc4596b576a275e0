import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { EVENTS, SUBMIT } from '../support/api.ts';
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

let sides: readonly Side[] = [];
beforeAll(async () => void (sides = await Promise.all([makeSide(), makeSide()])));
afterAll(() => Promise.all(sides.map(({ world }) => world[Symbol.asyncDispose]())));

async function makeSide(): Promise<Side> {
  const world = await createWorld();
  const cert = await world.cert();
  const first = await world.vendor(cert);
  const second = await world.vendor(cert);
  const registrar = await world.provider({ REGISTRAR: NAMES });
  await world.provider({ HOST: NAMES.slice(1) });
  return { world, cert, first, second, registrar };
}

/** Everything that can have happened to the resources before the second vendor speaks. */
async function firstVendorWasThere({ world, cert, first, registrar }: Side): Promise<void> {
  const { report } = await first.submits(
    NAMES.map((value, index) => ({ value, externalId: `name-${index}` })),
    { externalId: 'the-report' },
  );
  await first.submits(['triage.example'], { seal: false });
  await world.settled();
  const cases = await cert.cases();
  const decided = cases.filter(({ resource }) => resource !== 'triage.example');
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

const REPORT = `query ($id: ID!) { report(id: $id) { id reporter externalId title state tell createdAt sealedAt
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
  const items = [...NAMES, 'www.triage.example', 'not a name', 'fresh.example', NAMES[0] ?? ''];
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
  return answers;
}

describe('until the coordinator decides', () => {
  test('a vendor is answered to the letter as if nobody had reported the same resources before', async () => {
    const [shared, alone] = sides as [Side, Side];
    await firstVendorWasThere(shared);
    const [withFirst, withoutFirst] = [await secondVendorAnswers(shared), await secondVendorAnswers(alone)];
    expect(new Masked().of(withFirst)).toBe(new Masked().of(withoutFirst));
    expect(JSON.stringify(withFirst)).toContain('"outcome":"IN_TRIAGE"');
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
      (sides as [Side, Side]).map(async ({ world, first, second }, index) => {
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
