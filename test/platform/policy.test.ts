import 'reflect-metadata';

import { buildSchema, graphql } from 'graphql';
import { expect, test } from 'vitest';

import { makeSchema } from '../../src/app/schema.ts';
import { enforcePolicies, policyOf, rootFields, type Policy } from '../../src/platform/api/policy.ts';
import { PERMISSIONS, type Permission } from '../../src/platform/viewer.ts';

const SDL = 'type Query { open: Int } type Mutation { change: Int } type Subscription { hear: Int }';

/** The schema above with these policies on its fields. */
function schemaWith(policies: Readonly<Record<string, Policy | undefined>>) {
  const schema = buildSchema(SDL);
  for (const { name, field } of rootFields(schema)) field.extensions = { policy: policies[name] };
  return schema;
}

const GUARDED: Readonly<Record<string, Policy>> = {
  'Query.open': { anyone: 'It tells nothing.' },
  'Mutation.change': { may: ['hub:operate'] },
  'Subscription.hear': { may: ['events:read', 'desk'] },
};

const contextOf = (...permissions: Permission[]) => ({ viewer: { permissions: new Set(permissions) } });

test.each(Object.keys(GUARDED))('a schema with %s behind no policy is not built', (name) => {
  expect(() => enforcePolicies(schemaWith({ ...GUARDED, [name]: undefined }))).toThrow(`${name} has no policy.`);
});

test.each(['', '  '])('a field for anyone whose reason is "%s" is not built', (anyone) => {
  const policies = { ...GUARDED, 'Query.open': { anyone } };
  expect(() => enforcePolicies(schemaWith(policies))).toThrow('Query.open has no policy.');
});

test("the hub's own schema is not built when any one of its root fields loses its policy", () => {
  const schema = makeSchema();
  const fields = rootFields(schema);
  expect(fields.length).toBeGreaterThan(30);
  for (const { name, field } of fields) {
    const { extensions } = field;
    field.extensions = {};
    expect(() => enforcePolicies(schema)).toThrow(`${name} has no policy.`);
    field.extensions = extensions;
  }
});

test('every permission that a policy names is one of the list', () => {
  for (const { name, field } of rootFields(makeSchema())) {
    const policy = policyOf(field);
    const named = policy && 'may' in policy ? policy.may : [];
    expect([name, named.filter((permission) => !PERMISSIONS.includes(permission))]).toEqual([name, []]);
  }
});

test('a field behind a permission is for who holds it, and does nothing for who holds every other', async () => {
  const schema = enforcePolicies(schemaWith(GUARDED));
  let changes = 0;
  const run = (contextValue: object) =>
    graphql({ schema, source: 'mutation { change }', contextValue, rootValue: { change: () => (changes += 1) } });
  const others = PERMISSIONS.filter((permission) => permission !== 'hub:operate');

  const denied = await run(contextOf(...others));
  expect(denied.errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  expect(denied.errors?.[0]?.message).toBe('Mutation.change needs the permission hub:operate.');
  expect(changes).toBe(0);
  expect((await run(contextOf('hub:operate'))).data).toEqual({ change: 1 });
});

test('any one of the permissions named is enough', async () => {
  const schema = enforcePolicies(schemaWith({ ...GUARDED, 'Query.open': { may: ['desk', 'events:read'] } }));
  const run = (...permissions: Permission[]) =>
    graphql({ schema, source: '{ open }', contextValue: contextOf(...permissions), rootValue: { open: 1 } });
  expect((await run('events:read')).data).toEqual({ open: 1 });
  expect((await run('desk')).data).toEqual({ open: 1 });
  expect((await run('cases:read')).errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
});

test('a field for anyone is for nobody without a credential', async () => {
  const schema = enforcePolicies(schemaWith(GUARDED));
  const contextValue = {
    get viewer(): never {
      throw new Error('nobody is signed in');
    },
  };
  const { data, errors } = await graphql({ schema, source: '{ open }', contextValue, rootValue: { open: 1 } });
  expect(data).toEqual({ open: null });
  expect(errors?.[0]?.message).toBe('nobody is signed in');
});

test('a subscription is guarded before its source is asked', () => {
  const schema = schemaWith(GUARDED);
  const hear = rootFields(schema).find(({ name }) => name === 'Subscription.hear')?.field;
  let asked = 0;
  if (hear) hear.subscribe = () => (asked += 1);
  enforcePolicies(schema);
  const subscribe = hear?.subscribe as (...given: unknown[]) => unknown;
  expect(() => subscribe(null, {}, contextOf('cases:read'), {})).toThrow('needs the permission events:read or desk');
  expect(asked).toBe(0);
  subscribe(null, {}, contextOf('desk'), {});
  expect(asked).toBe(1);
});
