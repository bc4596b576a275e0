import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import { serveBareSubmissions } from './baselines/bare-submissions.ts';
import { countBare, makeBareTables } from './baselines/bare-tables.ts';
import { Loader } from './support/load.ts';
import { compare, type Figure } from './support/measure.ts';
import { makePlace, type Asker, type Place } from './support/place.ts';
import { SUBMIT } from './support/submissions.ts';
import { untilAdmitted } from './support/until.ts';

const AT_ONCE = 32;

/**
 * Mutations of one indicator each, 32 at a time, while the hub numbers what came in and opens the cases. Beside it
 * plain pg behind graphql-js, without row-level security and without a ledger: by the same statements, which is what
 * the bar is meant for; and by four inserts in one breath, without the reads by which a request is done once.
 */
export async function submitOne({ requests, pairs }: { requests: number; pairs: number }): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  await makeBareTables(admin);
  const bare = await serveBareSubmissions(place.address.adminUrl);
  const loader = new Loader();
  try {
    const cert = await place.organisation(['CERT']);
    const ours = () => submitOurs(place, admin, loader, cert, requests);
    const besides = (metric: string, field: string) =>
      compare(
        { name: 'submit-one', metric: `single submissions/s / ${metric}`, bar: 0.5, goal: 0.8, better: 'least' },
        ours,
        () => submitBare(admin, loader, { url: bare.url, field }, requests),
        pairs,
      );
    return [
      await besides('the same SQL by plain pg and graphql-js', 'submit'),
      await besides('the rows alone, pipelined', 'submitRows'),
    ];
  } finally {
    await loader.stop();
    await bare.stop();
    await admin.end();
    await place.leave();
  }
}

async function submitOurs(place: Place, admin: pg.Client, loader: Loader, cert: Asker, count: number) {
  const vendor = await place.organisation(['VENDOR'], cert);
  const before = await countIndicators(admin);
  const bodies = Array.from({ length: count }, () => {
    const indicators = [{ value: `one-${randomUUID()}.example`, category: 'PHISHING' }];
    const input = { idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER', indicators };
    return JSON.stringify({ query: SUBMIT, variables: { input } });
  });
  const rate = await loader.rate({ url: place.hub.url, key: vendor.key, bodies, atOnce: AT_ONCE }, (data) => {
    const { submitReport } = data as { submitReport: { results: { __typename: string }[] | null } };
    if (submitReport.results?.[0]?.__typename !== 'IndicatorAccepted') throw new Error(JSON.stringify(data));
  });
  const written = (await countIndicators(admin)) - before;
  if (written !== count) throw new Error(`${written} indicators of ${count} were written.`);
  return rate;
}

async function submitBare(
  admin: pg.Client,
  loader: Loader,
  { url, field }: { url: string; field: string },
  count: number,
): Promise<number> {
  // What the hub still does of its own run is not the baseline's to pay.
  await untilAdmitted(admin);
  const before = await countBare(admin);
  const query = `mutation ($value: String!) { submitted: ${field}(value: $value) { id value } }`;
  const bodies = Array.from({ length: count }, () =>
    JSON.stringify({ query, variables: { value: `one-${randomUUID()}.example` } }),
  );
  const rate = await loader.rate({ url, key: null, bodies, atOnce: AT_ONCE }, (data) => {
    if (!(data as { submitted: { id: string } }).submitted.id) throw new Error(JSON.stringify(data));
  });
  const written = (await countBare(admin)) - before;
  if (written !== count) throw new Error(`${written} submissions of ${count} were written.`);
  return rate;
}

async function countIndicators(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ n: number }>('SELECT count(*)::int AS n FROM indicator');
  return rows[0]?.n ?? NaN;
}
