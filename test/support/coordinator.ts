import { randomUUID } from 'node:crypto';

import { rowIdOf } from '../../src/platform/ids.ts';
import type { Party, World } from './world.ts';

const INPUTS: Readonly<Record<string, string>> = {
  addCoordinators: 'ShareCasesInput',
  removeCoordinators: 'ShareCasesInput',
};

interface Result {
  readonly case: { id: string; resource: string; state: string; basis: string | null; version: number } | null;
  readonly error: { code: string; message: string } | null;
}

export interface DecidedPayload {
  readonly results: readonly Result[] | null;
  readonly receipt: { entryId: string } | null;
  readonly errors: readonly { code: string; message: string; path: string[] }[];
}

/** A bulk decision by its name; the payload of the mutation. */
export async function decides(
  cert: Party,
  field: string,
  cases: readonly { id: string }[],
  input: object = {},
): Promise<DecidedPayload> {
  const type = INPUTS[field] ?? `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const refs = cases.map(({ id }) => ({ id }));
  const { data, errors } = await cert.ask(
    `mutation ($input: ${type}!) { ${field}(input: $input) { receipt { entryId } errors { code message path }
       results { case { id resource state basis version } error { code message } } } }`,
    { input: { idempotencyKey: randomUUID(), cases: refs, ...input } },
  );
  if (errors[0]) throw new Error(errors[0].message);
  return data[field];
}

export interface Queue {
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
}

/** A coordinator with a case for each name, all of one report. */
export async function queueOf(world: World, ...names: string[]): Promise<Queue> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(names);
  await world.settled();
  return { cert, vendor, report };
}

/** The same, confirmed and forwarded to a registrar of these names. */
export async function referredTo(world: World, registrar: Party, ...names: string[]): Promise<Queue> {
  await world.verifies(
    registrar,
    names.map((domainSuffix) => ({ role: 'REGISTRAR', domainSuffix })),
  );
  const queue = await queueOf(world, ...names);
  const cases = await queue.cert.cases();
  await queue.cert.confirms(cases);
  await queue.cert.forwards(cases);
  await world.settled();
  return queue;
}

export const kindsOf = (events: readonly { kind: string }[]): string[] => events.map(({ kind }) => kind);

/** The kinds in a feed, in order; also of entries whose bodies a test made up. */
export async function heardBy(party: Party): Promise<string[]> {
  const organisation = rowIdOf('Organisation', party.id);
  const rows = await party.world.database.admin<{ kind: string }>(
    'SELECT kind FROM feed WHERE organisation_id = $1 ORDER BY seq',
    [organisation],
  );
  return rows.map(({ kind }) => kind);
}

/** All that a change could leave behind: rows of every kind, entries, heads of feeds, remembered keys. */
export async function traces({ database }: World): Promise<unknown> {
  const tables = [
    'triage_case',
    'indicator',
    'referral',
    'inbox_item',
    'responsibility',
    'question',
    'reader',
    'idempotency',
  ];
  const parts = [...tables, 'case_assignment', 'triage_rule', 'ledger_payload', 'ledger', 'feed_head'].map(
    (table) =>
      `SELECT '${table}' AS name, md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) AS sum FROM ${table} t`,
  );
  return database.admin(parts.join(' UNION ALL '));
}
