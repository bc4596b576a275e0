import 'reflect-metadata';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { nodeKinds } from '../../src/app/resolvers.ts';
import { makeSchema } from '../../src/app/schema.ts';
import { allFacts } from '../../src/ledger/fact.ts';
import { policyOf, rootFields } from '../../src/platform/api/policy.ts';
import type { Permission } from '../../src/platform/viewer.ts';
import { readAnswer } from './answers.ts';
import { ASKERS, Askers, type Asker } from './askers.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { ROWS, type Row } from './rows.ts';
import { makeThread, unknownLike, type Thread } from './thread.ts';

const fields = new Map(rootFields(makeSchema()).map(({ name, field }) => [name, field]));
const fieldOf = ({ name }: Operation): string => name.split(':')[0] ?? '';

let thread: Thread;
let askers: Askers;
beforeAll(async () => {
  thread = await makeThread();
  askers = await Askers.of(thread);
});
afterAll(() => thread.world[Symbol.asyncDispose]());

test('every root field of the schema has rows, and every row is of a field', () => {
  expect(new Set(OPERATIONS.map(fieldOf))).toEqual(new Set(fields.keys()));
  expect(OPERATIONS.map(({ name }) => name)).toEqual([...ROWS.keys()]);
});

test('node has a row for each type that it knows, auditTrail for each type that entries are about', () => {
  const told = new Set<string>(allFacts().map(({ subject }) => subject));
  for (const { type, subject } of nodeKinds) {
    expect([...ROWS.keys()]).toContain(`Query.node:${type}`);
    if (told.has(subject)) expect([...ROWS.keys()]).toContain(`Query.auditTrail:${type}`);
  }
});

// Questions come first: what mutations leave behind would be in their lists.
describe.each(OPERATIONS)('$name', (operation) => {
  const row = ROWS.get(operation.name) ?? ({} as Row);
  const subjectOf = (): string | null => operation.subject && thread.subjects[operation.subject];
  const isRefused = (asker: Asker): boolean => ['401', '403', '404'].includes(row[asker]);

  test('gives each kind of asker what the table says, and what it refuses changes nothing', async () => {
    const got: Record<string, string> = {};
    const fill = async (some: readonly Asker[]) => {
      for (const asker of some) got[asker] = readAnswer(await askAs(operation, asker, subjectOf() ?? ''), subjectOf());
    };
    await thread.world.settled();
    const before = await countEntries();
    await fill(ASKERS.filter((asker) => isRefused(asker) && asker !== 'without'));
    expect(await countEntries()).toBe(before);
    await fill(ASKERS.filter((asker) => !(asker in got)));
    expect(got).toEqual(row);
  });

  if (operation.name.startsWith('Query.'))
    test('answers over a WebSocket as over HTTP', async () => {
      for (const asker of ASKERS.filter((each) => each !== 'without')) {
        const answer = await askAs(operation, asker, subjectOf() ?? '', true);
        expect([asker, readAnswer(answer, subjectOf())]).toEqual([asker, row[asker]]);
      }
    });

  const subject = operation.subject;
  if (!subject || !operation.document.includes('$')) return;
  const shut = ASKERS.filter((asker) => ['null', 'empty', '404'].includes(row[asker]));
  test.skipIf(shut.length === 0)(
    'answers alike about a row of somebody else and about one that is not there',
    async () => {
      const id = thread.subjects[subject];
      for (const asker of shut) {
        const foreign = JSON.stringify(await askAs(operation, asker, id));
        expect(JSON.stringify(await askAs(operation, asker, unknownLike(id)))).toBe(foreign);
        expect(JSON.stringify(await askAs(operation, asker, 'no id of this hub'))).toBe(foreign);
      }
    },
  );
});

function askAs(operation: Operation, asker: Asker, id: string, overSocket = fieldOf(operation).startsWith('Subscr')) {
  return askers.ask(operation, asker, operation.may ?? neededFor(operation), { id, overSocket });
}

function neededFor(operation: Operation): readonly Permission[] {
  const field = fields.get(fieldOf(operation));
  const policy = field && policyOf(field);
  return policy && 'may' in policy ? policy.may : [];
}

async function countEntries(): Promise<number> {
  const [row] = await thread.world.database.admin<{ n: number }>('SELECT count(*)::int AS n FROM ledger_payload');
  return row?.n ?? -1;
}
