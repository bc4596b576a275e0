import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { waitingForLocks, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** Whether a rival that has the report of this name gets these rows too, while the flow wants the report. */
async function holdsReport(act: () => Promise<unknown>, rows: string): Promise<void> {
  const rival = await world.database.connect('tocsin_system');
  try {
    await whileFlowWaits(world, async () => {
      await act();
      await rival.query('BEGIN');
      await rival.query('SELECT FROM report FOR UPDATE');
    });
    await waitingForLocks(world, 1);
    await rival.query(`${rows} FOR UPDATE NOWAIT`);
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
  await world.settled();
}

describe('whoever holds a report, and then wants what belongs to it, waits for nobody that wants the report', () => {
  test('not for the admission of what is in it', async () => {
    const vendor = await world.vendor(await world.cert());
    const submits = () => vendor.submits(['admitted.example']);
    await holdsReport(submits, "SELECT FROM indicator WHERE value = 'admitted.example'");
    expect((await vendor.events()).map(({ kind }) => kind)).toContain('RESPONSIBILITIES_CHANGED');
  });

  test('not for those who look again who can act on its cases', async () => {
    const cert = await world.cert();
    await cert.submits(['looked-at.example']);
    await world.settled();
    const claims = () => world.provider({ HOST: ['looked-at.example'] });
    await holdsReport(claims, "SELECT FROM triage_case WHERE value = 'looked-at.example'");
    expect((await cert.events()).map(({ kind }) => kind)).toContain('PARTIES_CHANGED');
  });
});

test('whoever holds a case, and then wants its indicators, waits for nobody that wants the case: not for a confirmation', async () => {
  const cert = await world.cert();
  await cert.submits(['confirmed.example']);
  await world.settled();
  const rival = await world.database.connect('tocsin_system');
  try {
    await whileFlowWaits(world, async () => {
      await cert.confirms(await cert.cases());
      await rival.query('BEGIN');
      await rival.query("SELECT FROM triage_case WHERE value = 'confirmed.example' FOR UPDATE");
    });
    await waitingForLocks(world, 1);
    await rival.query("SELECT FROM indicator WHERE value = 'confirmed.example' FOR UPDATE NOWAIT");
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
  await world.settled();
});
