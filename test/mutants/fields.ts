import { nodeKinds } from '../../src/app/resolvers.ts';
import { makeSchema } from '../../src/app/schema.ts';
import { enforcePolicies, policyOf, rootFields, type Policy } from '../../src/platform/api/policy.ts';
import { PERMISSIONS, type Permission } from '../../src/platform/viewer.ts';
import { readAnswer } from '../access/answers.ts';
import { ASKERS, type Askers } from '../access/askers.ts';
import { fieldOf, neededFor } from '../access/needed.ts';
import type { Operation } from '../access/operation.ts';
import { OPERATIONS } from '../access/operations.ts';
import { ROWS } from '../access/rows.ts';
import type { Thread } from '../access/thread.ts';
import type { Mutant } from './mutant.ts';

/** Every root field without its policy, and with one that is for everybody; every type of `node` for everybody. */
export function fieldMutants(thread: Thread, askers: Askers): Mutant[] {
  const cells = new Cells(thread, askers);
  const served = rootFields(thread.world.hub.app.schema);
  return [
    ...served.map(({ name }) => ({
      name: `${name} without a policy`,
      killed: () => Promise.resolve(isNotBuilt(name)),
    })),
    ...served.flatMap(({ name, field }) => {
      const policy = policyOf(field);
      return policy && 'may' in policy ? [openedTo(name, policy, cells)] : [];
    }),
    ...nodeKinds.flatMap(({ type, may }) => (may === 'anyone' ? [] : [nodeOf(type, may, cells)])),
  ];
}

/** Whether a schema refuses to be built when the field has lost its policy. */
function isNotBuilt(name: string): boolean {
  const schema = makeSchema();
  const field = rootFields(schema).find((each) => each.name === name)?.field;
  if (!field) throw new Error(`There is no field ${name}.`);
  field.extensions = {};
  try {
    enforcePolicies(schema);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes(name);
  }
}

/** The policy as it is served becomes one that lets everybody in. */
function openedTo(name: string, policy: Policy & { may?: readonly Permission[] }, cells: Cells): Mutant {
  return {
    name: `${name} for everybody`,
    killed: async () => {
      const may = policy.may;
      Reflect.deleteProperty(policy, 'may');
      try {
        return await cells.notice(
          OPERATIONS.filter((operation) => fieldOf(operation) === name),
          '403',
        );
      } finally {
        Object.assign(policy, { may });
      }
    },
  };
}

function nodeOf(type: string, may: readonly Permission[], cells: Cells): Mutant {
  return {
    name: `Query.node for everybody who reads a ${type}`,
    killed: async () => {
      const list = may as Permission[];
      const before = [...list];
      list.push(...PERMISSIONS);
      try {
        return await cells.notice(
          OPERATIONS.filter((operation) => operation.name === `Query.node:${type}`),
          'null',
        );
      } finally {
        list.splice(0, list.length, ...before);
      }
    },
  };
}

/** The cells of the access table, asked again. */
class Cells {
  constructor(
    private readonly thread: Thread,
    private readonly askers: Askers,
  ) {}

  /** Whether one who should be answered with `expected` is answered otherwise; the first such answer is enough. */
  async notice(operations: readonly Operation[], expected: string): Promise<boolean> {
    for (const operation of operations) {
      const id = operation.subject && this.thread.subjects[operation.subject];
      const overSocket = operation.name.startsWith('Subscription.');
      for (const asker of ASKERS.filter((each) => ROWS.get(operation.name)?.[each] === expected)) {
        const needed = neededFor(operation);
        const answer = await this.askers.ask(operation, asker, needed, { id: id ?? '', overSocket });
        if (readAnswer(answer, id) !== expected) return true;
      }
    }
    return false;
  }
}
