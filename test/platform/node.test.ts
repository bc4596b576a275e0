import 'reflect-metadata';

import { isInterfaceType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { nodeKinds } from '../../src/app/resolvers.ts';
import { makeSchema } from '../../src/app/schema.ts';
import { RequestContext } from '../../src/platform/api/context.ts';
import { Node, NodeRegistry } from '../../src/platform/api/node.ts';
import type { Transaction } from '../../src/platform/database/transaction.ts';
import type { Work } from '../../src/platform/database/work.ts';
import { fromGlobalId, newId, toGlobalId } from '../../src/platform/ids.ts';
import type { Permission, Viewer } from '../../src/platform/viewer.ts';

class Thing extends Node {
  constructor(readonly id: string) {
    super();
  }

  get nodeType(): string {
    return 'Thing';
  }
}

const MINE = newId();
const OPEN = new NodeRegistry([{ type: 'Thing', subject: 'thing', entity: Thing, may: 'anyone' }]);
const SHUT = new NodeRegistry([{ type: 'Thing', subject: 'thing', entity: Thing, may: ['desk', 'cases:read'] }]);

/** A context in which the database shows one row; the lists of ids that it was asked for. */
function contextOf(...permissions: Permission[]): { context: RequestContext; asked: unknown[] } {
  const asked: unknown[] = [];
  const listAsked = (_entity: unknown, _needed: unknown, _tail: string, values: readonly unknown[]) => {
    asked.push(values[0]);
    return Promise.resolve((values[0] as string[]).includes(MINE) ? [new Thing(MINE)] : []);
  };
  const work = { openRead: () => Promise.resolve({ listAsked } as unknown as Transaction) } as unknown as Work;
  const viewer = { permissions: new Set(permissions) } as unknown as Viewer;
  const resolvers = { get: () => expect.fail('no resolver is asked') };
  return { context: new RequestContext(work, viewer, () => Promise.resolve(true), resolvers), asked };
}

test('a row is found by its global id', async () => {
  const { context } = contextOf();
  const id = toGlobalId('Thing', MINE);
  expect((await OPEN.load(context, id))?.globalId).toBe(id);
});

test('what is not visible, of no known type, or no id at all is not there, and the last two are not even looked for', async () => {
  const { context, asked } = contextOf();
  expect(await OPEN.load(context, toGlobalId('Other', MINE))).toBeNull();
  expect(await OPEN.load(context, 'no id')).toBeNull();
  expect(asked).toEqual([]);
  expect(await OPEN.load(context, toGlobalId('Thing', newId()))).toBeNull();
});

test('a type for holders of a permission is there for any of them, and is not looked for on behalf of others', async () => {
  const id = toGlobalId('Thing', MINE);
  const [other, desk] = [contextOf('inbox:read'), contextOf('desk')];
  expect(await SHUT.load(other.context, id)).toBeNull();
  expect(other.asked).toEqual([]);
  expect((await SHUT.load(desk.context, id))?.globalId).toBe(id);
});

test('many are looked for at once', async () => {
  const { context, asked } = contextOf();
  const ids = [MINE, newId(), newId()];
  const found = await Promise.all(ids.map((id) => OPEN.load(context, toGlobalId('Thing', id))));
  expect(found.map((node) => node?.id ?? null)).toEqual([MINE, null, null]);
  expect(asked).toEqual([ids]);
});

test('a row that an entry lists has a name outside, and one of an unknown type is a fault', () => {
  expect(fromGlobalId(OPEN.globalIdOf('thing', MINE))).toEqual({ type: 'Thing', id: MINE });
  expect(() => OPEN.globalIdOf('other', MINE)).toThrow('No node type for other.');
});

test('node knows every type of the schema that has an id of its own, and each is an entity', () => {
  const schema = makeSchema();
  const node = schema.getType('Node');
  const types = isInterfaceType(node) ? schema.getPossibleTypes(node).filter(isObjectType) : [];
  expect(nodeKinds.map(({ type }) => type).toSorted()).toEqual(types.map(({ name }) => name).toSorted());
  for (const { entity } of nodeKinds) expect(entities).toContain(entity);
});
