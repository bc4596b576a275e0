import 'reflect-metadata';

import { graphql, isObjectType, parse, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { nodeKinds } from '../../src/app/resolvers.ts';
import { askedBy } from '../../src/platform/api/asked.ts';
import { RequestContext } from '../../src/platform/api/context.ts';
import { Looking } from '../../src/platform/database/replica/looking.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { makeCrowd } from '../database/crowd.ts';
import { viewerOf } from '../database/statements.ts';
import type { World } from '../support/world.ts';
import { eachAlone } from './alone.ts';

/** Here as many parts are read as are asked for, so that none is read as a larger one. */
vi.mock('../../src/platform/database/kept-statements.ts', async (original) => ({
  ...(await original<object>()),
  MOST_PARTS: Infinity,
  keptPart: (text: string) => ({ name: '', text }),
}));

const DEPTH = 2;
const MOST_ROWS = 30;
const PATIENCE = 180_000;

let world: World;
let organisations: string[];
beforeAll(async () => {
  world = await makeCrowd();
  organisations = (await world.database.admin<{ id: string }>('SELECT id FROM organisation')).map(({ id }) => id);
}, PATIENCE);
afterAll(() => world[Symbol.asyncDispose]());

/** The answer in this organisation's name, where rows are read in the part that is asked of them, or as a whole. */
async function answer(me: string, source: string, inParts: boolean): Promise<string> {
  const { work, resolvers, schema } = world.hub.app;
  const asks = inParts ? askedBy(schema, parse(source)) : null;
  const context = new RequestContext(
    work,
    viewerOf(me),
    () => Promise.resolve(true),
    resolvers,
    new Looking(null, asks),
  );
  const result = await graphql({ schema, source, contextValue: context });
  await context.finish();
  return JSON.stringify(result);
}

/** Who reads most of these rows. */
async function whoReadsMost(nodes: string): Promise<string> {
  const read = await Promise.all(
    organisations.map(async (me) => {
      const { data } = JSON.parse(await answer(me, `{ ${nodes} } fragment asked on Node { id }`, false));
      return { me, count: Object.values(data as object).filter((each) => each !== null).length };
    }),
  );
  return read.toSorted((a, b) => b.count - a.count)[0]?.me ?? '';
}

test.each(nodeKinds.map(({ type, subject }) => [type, subject]))(
  'each field of %s, and of what hangs on it, says alone what it says of whole rows',
  async (type, subject) => {
    const rows = await world.database.admin<{ id: string }>(
      `SELECT id FROM ${subject} ORDER BY id DESC LIMIT ${MOST_ROWS}`,
    );
    const nodes = rows.map(({ id }, n) => `a${n}: node(id: "${toGlobalId(type, id)}") { ...asked }`).join(' ');
    const me = await whoReadsMost(nodes);
    const alone = eachAlone(world.hub.app.schema.getType(type) as GraphQLObjectType, DEPTH);
    expect(alone.length).toBeGreaterThan(3);
    for (const selection of alone) {
      const source = `{ ${nodes} } fragment asked on ${type} ${selection}`;
      expect(await answer(me, source, true), selection).toBe(await answer(me, source, false));
    }
  },
  PATIENCE,
);

test(
  'each field of what is listed says alone what it says of whole rows',
  async () => {
    const query = world.hub.app.schema.getQueryType();
    if (!isObjectType(query)) throw new Error('There is no query.');
    for (const role of ['CERT', 'PROVIDER', 'VENDOR', 'OPERATOR']) {
      const [one] = await world.database.admin<{ id: string }>(
        `SELECT id FROM organisation WHERE '${role}' = ANY (roles) ORDER BY id LIMIT 1`,
      );
      for (const source of eachAlone(query, DEPTH))
        expect(await answer(one?.id ?? '', source, true), source).toBe(await answer(one?.id ?? '', source, false));
    }
  },
  PATIENCE,
);
