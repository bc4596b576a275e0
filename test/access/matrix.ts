import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readAnswer } from './answers.ts';
import { ASKERS, Askers, type Asker } from './askers.ts';
import { fieldOf, neededFor } from './needed.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { ROWS, type Row } from './rows.ts';
import { makeThread, unknownLike, type Thread } from './thread.ts';

const isSubscription = (operation: Operation): boolean => fieldOf(operation).startsWith('Subscription.');

/** The table's cells as tests, on a thread of their own, over one of the two transports. */
export function testMatrix(transport: 'HTTP' | 'WebSocket'): void {
  let thread: Thread;
  let askers: Askers;
  beforeAll(async () => {
    thread = await makeThread();
    askers = await Askers.of(thread);
  });
  afterAll(() => thread.leave());

  const askAs = (operation: Operation, asker: Asker, id: string) => {
    const overSocket = transport === 'WebSocket' || isSubscription(operation);
    return askers.ask(operation, asker, neededFor(operation), { id, overSocket });
  };
  const countEntries = async (): Promise<number> => {
    const [row] = await thread.world.database.admin<{ n: number }>('SELECT count(*)::int AS n FROM ledger_payload');
    return row?.n ?? -1;
  };

  // Questions come first: what mutations leave behind would be in their lists.
  describe.each(OPERATIONS)(`$name over ${transport}`, (operation) => {
    const row = ROWS.get(operation.name) ?? ({} as Row);
    const subjectOf = (): string | null => operation.subject && thread.subjects[operation.subject];
    const isRefused = (asker: Asker): boolean => ['401', '403', '404'].includes(row[asker]);

    test('gives each kind of asker what the table says, and what it refuses changes nothing', async () => {
      const got: Record<string, string> = {};
      const ask = async (asker: Asker) => {
        got[asker] = readAnswer(await askAs(operation, asker, subjectOf() ?? ''), subjectOf());
      };
      await thread.world.settled();
      const refused = ASKERS.filter((asker) => isRefused(asker) && asker !== 'without');
      const addsEntries = async (): Promise<boolean> => {
        const before = await countEntries();
        await Promise.all(refused.map(ask));
        return (await countEntries()) !== before;
      };
      // A clock of the hub may strike meanwhile, once in ten seconds: what a refusal adds, it adds each time.
      expect((await addsEntries()) && (await addsEntries())).toBe(false);
      for (const asker of ASKERS.filter((each) => !(each in got))) await ask(asker);
      expect(got).toEqual(row);
    });

    const subject = operation.subject;
    if (!subject || !operation.document.includes('$')) return;
    const shut = ASKERS.filter((asker) => ['null', 'empty', '404'].includes(row[asker]));
    test.skipIf(shut.length === 0)(
      'answers alike about a row of somebody else and about one that is not there',
      async () => {
        const id = thread.subjects[subject];
        const alike = async (asker: Asker) => {
          const foreign = JSON.stringify(await askAs(operation, asker, id));
          expect(JSON.stringify(await askAs(operation, asker, unknownLike(id)))).toBe(foreign);
          expect(JSON.stringify(await askAs(operation, asker, 'no id of this hub'))).toBe(foreign);
        };
        await Promise.all(shut.map(alike));
      },
    );
  });
}
