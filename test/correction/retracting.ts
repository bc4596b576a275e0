import { expect } from 'vitest';

import { decides, kindsOf } from '../support/coordinator.ts';
import { contentsOf } from '../support/reporter.ts';
import type { Party, World } from '../support/world.ts';

export interface Side {
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
}

export async function sideOf(world: World, ...values: string[]): Promise<Side> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(values);
  await world.settled();
  return { cert, vendor, report };
}

export async function forward(cert: Party): Promise<void> {
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await cert.world.settled();
}

export const WRONG = { reason: 'FALSE_POSITIVE', correction: 'It was our own test page.' };

export async function retracts(cert: Party, input: object = {}) {
  const { results, errors } = await decides(cert, 'retractCases', await cert.cases(), { ...WRONG, ...input });
  expect([errors, results?.map(({ error }) => error)]).toEqual([[], [null]]);
  await cert.world.settled();
}

export const idsOf = async ({ vendor, report }: Side, ...values: string[]): Promise<string[]> =>
  (await contentsOf(vendor, report)).indicators.filter(({ value }) => values.includes(value)).map(({ id }) => id);

export async function readsAll(party: Party): Promise<void> {
  await party.readsUpTo((await party.events()).at(-1)?.cursor ?? '');
  await party.world.settled();
}

/** The events of a party after so many, that are not its own acknowledgements. */
export const since = async (party: Party, count: number) =>
  kindsOf((await party.events()).slice(count)).filter((kind) => kind !== 'EVENTS_ACKNOWLEDGED');

export const RETRACTED = {
  state: 'RETRACTED',
  requestedAction: 'RESTORE',
  retractReason: 'FALSE_POSITIVE',
  correction: WRONG.correction,
};
