import 'reflect-metadata';

import { graphql, parse, subscribe, type ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createApp, type App } from '../../src/app/create-app.ts';
import { nodeKinds } from '../../src/app/resolvers.ts';
import { RequestContext } from '../../src/platform/api/context.ts';
import { silentLog } from '../../src/platform/log.ts';
import { rowIdOf, toGlobalId } from '../../src/platform/ids.ts';
import { happenings } from '../database/crowd.ts';
import { TABLES } from '../database/oracle.ts';
import { viewerOf } from '../database/statements.ts';
import { testProof } from '../support/proof.ts';
import { Secrets, plantCanaries } from './canaries.ts';
import { questionsOf, selectionOf } from './deep.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { ROWS } from './rows.ts';
import { PARTIES, makeThread, type PartyName, type Thread } from './thread.ts';

const DEPTH = 6;
/** Many ask much; a machine with other work to do takes its time. */
const PATIENCE = 180_000;
/** Of those of the crowd, one in so many asks; of the thread everybody does. */
const ONE_IN = 4;
const REFUSED = ['403', '404', 'null', 'empty'];

let thread: Thread;
let secrets: Secrets;
let organisations: string[];
const ids = new Map<PartyName, string>();
beforeAll(async () => {
  thread = await makeThread();
  const { world } = thread;
  await happenings(world);
  await world.settled();
  await plantCanaries(world.database);
  for (const name of PARTIES) {
    const { data } = await thread.parties[name].ask('{ viewer { organisation { id } } }');
    ids.set(name, rowIdOf('Organisation', String(data.viewer.organisation.id)) ?? '');
  }
  const all = await world.database.admin<{ id: string }>('SELECT id FROM organisation ORDER BY id');
  const ofThread = new Set(ids.values());
  organisations = all.map(({ id }) => id).filter((id, index) => ofThread.has(id) || index % ONE_IN === 0);
  const tenant = await world.database.connect('tocsin_app');
  secrets = await Secrets.of(world.database, tenant, organisations);
  await tenant.end();
}, PATIENCE);
afterAll(() => thread.leave());

/** Asks as one who holds every permission and every role: of the first fence, no policy of a field stands. */
async function asks(app: App, me: string, source: string, variables: object = {}): Promise<unknown> {
  const context = new RequestContext(app.work, viewerOf(me), () => Promise.resolve(true), app.resolvers);
  const request = { schema: app.schema, contextValue: context, variableValues: { ...variables } };
  try {
    if (!source.startsWith('subscription')) return await graphql({ ...request, source });
    const events = await subscribe({ ...request, document: parse(source) });
    if (!(Symbol.asyncIterator in events)) return events;
    const { value } = await (events as AsyncGenerator<ExecutionResult>).next();
    await (events as AsyncGenerator<ExecutionResult>).return(undefined);
    return value;
  } finally {
    await context.finish();
  }
}

const idOf = (party: PartyName): string => ids.get(party) ?? '';

/** Rows of every kind by their ids, with all that hangs below them, in one question. */
async function everyNode(app: App): Promise<{ name: string; source: string }[]> {
  const found: { name: string; source: string }[] = [];
  for (const { type, subject } of nodeKinds) {
    const object = app.schema.getType(type);
    const selection = object ? selectionOf(app.schema, object, DEPTH - 2) : '';
    const ids = await firstIds(type, subject, 100);
    const nodes = ids.map((id, index) => `a${index}: node(id: "${id}") { ...all }`);
    found.push({ name: type, source: `{ ${nodes.join(' ')} } fragment all on ${type} ${selection}` });
  }
  return found;
}

async function firstIds(type: string, table: string, most: number): Promise<string[]> {
  const rows = await thread.world.database.admin<{ id: string }>(`SELECT id FROM ${table} ORDER BY id LIMIT ${most}`);
  return rows.map(({ id }) => toGlobalId(type, id));
}

async function trailsOfAll(): Promise<string> {
  const subjects: string[] = [];
  for (const { type, subject } of nodeKinds) subjects.push(...(await firstIds(type, subject, 8)));
  const trails = subjects.map(
    (id, index) =>
      `a${index}: auditTrail(subject: "${id}", first: 20) { edges { node { entryId summary details actor { name } subjects } } }`,
  );
  return `{ ${trails.join(' ')} }`;
}

/** Who is refused it by the table, and so gets nothing of it whoever else does. */
const strangersTo = (operation: Operation): PartyName[] =>
  PARTIES.filter((party) => REFUSED.includes(ROWS.get(operation.name)?.[party] ?? ''));

async function countEntries(): Promise<number> {
  const [row] = await thread.world.database.admin<{ n: number }>('SELECT count(*)::int AS n FROM ledger_payload');
  return row?.n ?? -1;
}

async function rowLevelSecurity(switched: 'ENABLE' | 'DISABLE'): Promise<void> {
  for (const table of TABLES) await thread.world.database.admin(`ALTER TABLE ${table} ${switched} ROW LEVEL SECURITY`);
}

/** What is shown of others, over all questions and askers. */
async function leaksOf(
  app: App,
  questions: readonly { name: string; source: string }[],
  askers: readonly string[] = organisations,
): Promise<string[]> {
  const leaks: string[] = [];
  for (const { name, source } of questions) {
    for (const me of askers) {
      const leaked = secrets.leaked(me, await asks(app, me, source));
      leaks.push(...leaked.map((token) => `${name} shows ${me} ${token}`));
    }
  }
  return leaks;
}

const withoutFirst = (): Promise<App> =>
  createApp({
    database: thread.world.database.address,
    documentation: true,
    log: silentLog,
    proof: testProof(),
    codeFence: false,
  });

describe.each([
  { standing: 'row-level security alone', down: 'code' },
  { standing: 'code alone', down: 'database' },
] as const)('$standing', ({ down }) => {
  let app: App;
  beforeAll(async () => {
    app = down === 'code' ? await withoutFirst() : thread.world.hub.app;
    if (down === 'database') await rowLevelSecurity('DISABLE');
  });
  afterAll(async () => {
    if (down === 'code') await app.stop();
    else await rowLevelSecurity('ENABLE');
  });

  test(
    'shows nobody anything of another in any list, with all that hangs below it',
    async () => {
      expect(await leaksOf(app, questionsOf(app.schema, DEPTH))).toEqual([]);
    },
    PATIENCE,
  );

  test(
    'finds no row for one who does not read it, nor anything that hangs below it',
    async () => {
      expect(await leaksOf(app, await everyNode(app))).toEqual([]);
    },
    PATIENCE,
  );

  test(
    'tells nobody what happened to the rows of another',
    async () => {
      expect(await leaksOf(app, [{ name: 'auditTrail', source: await trailsOfAll() }])).toEqual([]);
    },
    PATIENCE,
  );

  test.each(OPERATIONS)('keeps $name from whom the table keeps it', async (operation) => {
    const subject = operation.subject && thread.subjects[operation.subject];
    await thread.world.settled();
    const before = await countEntries();
    for (const party of strangersTo(operation)) {
      const variables = operation.variables(subject ?? '', thread.subjects);
      secrets.namedBy(idOf(party), variables);
      const answer = await asks(app, idOf(party), operation.document, variables);
      expect([party, secrets.leaked(idOf(party), answer)]).toEqual([party, []]);
    }
    if (subject !== null) expect(await countEntries()).toBe(before);
  });
});

test(
  'with both fences down it is noticed',
  async () => {
    const app = await withoutFirst();
    await rowLevelSecurity('DISABLE');
    const leaks = await leaksOf(app, await everyNode(app), organisations.slice(0, 3));
    await rowLevelSecurity('ENABLE');
    await app.stop();
    expect(leaks.length).toBeGreaterThan(1000);
  },
  PATIENCE,
);
