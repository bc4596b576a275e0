import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { append, theHub } from '../../src/ledger/append.ts';
import { draft } from '../../src/ledger/fact.ts';
import { rowIdOf, toGlobalId } from '../../src/platform/ids.ts';
import { ReportSealed } from '../../src/intake/report.facts.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

test('an entry that the flow cannot take is told to the operator and stops nobody', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(['poisoned.example'], { seal: false });
  await world.settled();
  let poison = '';
  await whileFlowWaits(world, async () => {
    const sealed = draft(ReportSealed, [{ id: rowIdOf('Report', report.id) ?? '' }]);
    [poison = ''] = await world.hub.app.work.asSystem((tx) => append(tx, theHub(new Date()), [sealed]));
    await world.database.admin(
      `UPDATE ledger_payload SET body = '{"at":"2017-04-24T09:30:00Z","actor":null,"rows":[{}]}' WHERE entry_id = $1`,
      [poison],
    );
  });
  await vendor.submits(['after.example']);
  await vi.waitFor(
    async () => {
      const alarm = (await world.operator.events()).find(({ kind }) => kind === 'ENTRY_QUARANTINED');
      expect(alarm?.details).toMatchObject([{ entryId: poison, kind: 'REPORT_SEALED' }]);
    },
    { timeout: 15_000, interval: 50 },
  );
  await world.settled();
  expect((await cert.cases()).map(({ resource }) => resource)).toEqual(['after.example']);
  expect((await vendor.events()).map(({ entryId }) => entryId)).toContain(toGlobalId('Entry', poison));
});
