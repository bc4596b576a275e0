import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import { copyAll, copyText, makeCopied } from './baselines/copied.ts';
import type { BenchIndicator } from './support/indicators.ts';
import { feedIndicators, madeIndicators } from './support/indicators.ts';
import { Loader } from './support/load.ts';
import { compare, type Figure } from './support/measure.ts';
import { makePlace, type Place } from './support/place.ts';
import { countRows, SUBMIT } from './support/submissions.ts';
import { untilAdmitted } from './support/until.ts';

const BATCH = 1_000;

interface Side {
  readonly place: Place;
  readonly admin: pg.Client;
  readonly loader: Loader;
}

export interface BulkOptions {
  readonly rows: number;
  readonly pairs: number;
  /** A CSV feed instead of made values. */
  readonly feed: string | null;
}

/** A vendor's report in batches of 1,000: to the receipt, and to the cases in the coordinator's feed, beside COPY. */
export async function submitBulk({ rows, pairs, feed }: BulkOptions): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  await makeCopied(admin);
  const loader = new Loader();
  const side = { place, admin, loader };
  const real = feed === null ? null : (await feedIndicators(feed)).slice(0, rows);
  const growth: string[] = [];
  let salt = 0;
  const next = () => real ?? madeIndicators(rows, (salt += 1));
  try {
    const copy = () => copyRate(admin, next());
    const submit = async () => {
      const { indicator: held } = await countRows(admin, 'hub');
      const rates = await submitAll(side, next());
      growth.push(`${held}: ${rates.toReceipt.toFixed(0)}, ${rates.toCases.toFixed(0)}`);
      return rates;
    };
    const toReceipt = await compare(
      { name: 'submit-bulk', metric: 'rows/s to the receipt / COPY', bar: 0.2, goal: 0.35, better: 'least' },
      async () => (await submit()).toReceipt,
      copy,
      pairs,
    );
    const toCases = await compare(
      { name: 'submit-bulk', metric: 'rows/s to the cases in the feed / COPY', bar: 0.07, goal: 0.11, better: 'least' },
      async () => (await submit()).toCases,
      copy,
      pairs,
    );
    await checkCopied(admin);
    // As the tables grow: on to standard error, since it is judged against nothing.
    process.stderr.write(`indicators held: rows/s to the receipt, to the cases\n${growth.join('\n')}\n`);
    return [toReceipt, toCases];
  } finally {
    await loader.stop();
    await admin.end();
    await place.leave();
  }
}

async function submitAll({ place, admin, loader }: Side, rows: readonly BenchIndicator[]) {
  const cert = await place.organisation(['CERT']);
  const vendor = await place.organisation(['VENDOR'], cert);
  const batches = batchesOf(rows);
  const bodies = batches.map((indicators) => {
    const input = { idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER', indicators };
    return JSON.stringify({ query: SUBMIT, variables: { input } });
  });
  const start = performance.now();
  const { answers } = await loader.send({ url: `${place.hub.url}/bulk`, key: vendor.key, bodies, atOnce: 1 });
  const received = performance.now();
  await untilAdmitted(admin);
  const admitted = performance.now();
  for (const [n, answer] of answers.entries()) checkAnswer(answer, batches[n] ?? []);
  const perSecond = (until: number) => (rows.length / (until - start)) * 1000;
  return { toReceipt: perSecond(received), toCases: perSecond(admitted) };
}

const batchesOf = (rows: readonly BenchIndicator[]): (readonly BenchIndicator[])[] =>
  Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, n) => rows.slice(n * BATCH, (n + 1) * BATCH));

/** Both sides were given the same: they must have written as many rows of it in as many runs. */
async function checkCopied(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ ours: number; copied: number }>(
    'SELECT (SELECT count(*)::int FROM hub.indicator) AS ours, (SELECT count(*)::int FROM public.copied) AS copied',
  );
  if (!rows[0]?.ours || rows[0].ours !== rows[0].copied) throw new Error(`Rows written: ${JSON.stringify(rows[0])}`);
}

function checkAnswer(answer: string, sent: readonly BenchIndicator[]): void {
  const { data } = JSON.parse(answer) as { data: { submitReport: { results: unknown[] | null } } | null };
  const answered = data?.submitReport.results?.length;
  if (answered !== sent.length) throw new Error(`${answered} answers to ${sent.length} rows: ${answer.slice(0, 500)}`);
}

async function copyRate(admin: pg.Client, rows: readonly BenchIndicator[]): Promise<number> {
  const reporter = randomUUID();
  const texts = batchesOf(rows).map((batch) => copyText(batch, reporter));
  const start = performance.now();
  await copyAll(admin, texts);
  return (rows.length / (performance.now() - start)) * 1000;
}
