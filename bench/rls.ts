import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import { fromGlobalId } from '../src/platform/ids.ts';
import { madeIndicators } from './support/indicators.ts';
import { compare, rate, type Figure } from './support/measure.ts';
import { makePlace, type Asker, type Place } from './support/place.ts';

const REPEAT = 200;
const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { errors { message } } }`;
const CASES = `{ cases(first: 50) { edges { node { id resource state dueAt } } } }`;
const CASE = `query ($id: ID!) { case(id: $id) { id resource state } }`;

/**
 * What the second fence costs over HTTP: the same queries with row-level security, and with it switched off, where
 * the list's own condition on the tenant is all that is left. The answers must be the same.
 */
export async function rls({ cases, rounds }: { cases: number; rounds: number }): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  try {
    const cert = await fill(place, cases);
    await admin.query('VACUUM ANALYZE');
    const { cases: page } = await cert.ask<{ cases: { edges: { node: { id: string } }[] } }>(CASES);
    const id = page.edges[0]?.node.id ?? '';
    if (page.edges.length !== 50 || fromGlobalId(id)?.type !== 'Case')
      throw new Error('The page is not what it should be.');
    const list = await fenced(admin, cert, 'a page of 50 cases', CASES, {}, rounds);
    const point = await fenced(admin, cert, 'one case', CASE, { id }, rounds);
    return [list, point];
  } finally {
    await admin.end();
    await place.leave();
  }
}

async function fill(place: Place, count: number): Promise<Asker> {
  const cert = await place.organisation(['CERT']);
  const other = await place.organisation(['CERT']);
  for (const [salt, coordinator] of [cert, other].entries()) {
    const vendor = await place.organisation(['VENDOR'], coordinator);
    for (let from = 0; from < count; from += 5_000) {
      const indicators = madeIndicators(Math.min(5_000, count - from), salt * 1000 + from / 5_000);
      await vendor.ask(SUBMIT, { input: { idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER', indicators } });
    }
  }
  await untilQuiet(place);
  return cert;
}

async function untilQuiet(place: Place): Promise<void> {
  const admin = await place.connect();
  for (let waiting = true; waiting;) {
    const { rows } = await admin.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM indicator WHERE outcome = 'RECEIVED') AS waiting`,
    );
    waiting = rows[0]?.waiting ?? false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await admin.end();
}

function fenced(
  admin: pg.Client,
  cert: Asker,
  what: string,
  query: string,
  variables: object,
  rounds: number,
): Promise<Figure> {
  const tables = ['triage_case', 'indicator', 'referral', 'reader'];
  const fence = async (on: boolean) => {
    for (const table of tables)
      await admin.query(`ALTER TABLE ${table} ${on ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`);
  };
  let expected: string | undefined;
  const side = (on: boolean) => async () => {
    await fence(on);
    try {
      return await rate(REPEAT, async () => {
        for (let n = 0; n < REPEAT; n += 1) {
          const answer = JSON.stringify(await cert.ask(query, variables));
          expected ??= answer;
          if (answer !== expected) throw new Error('The fence changes what the owner sees.');
        }
      });
    } finally {
      await fence(true);
    }
  };
  return compare(
    { name: 'rls', metric: `${what}: requests/s with / without`, bar: 0.85, goal: 0.95, better: 'least' },
    side(true),
    side(false),
    rounds,
  );
}
