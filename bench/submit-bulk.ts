import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import type { BenchIndicator } from './indicators.ts';
import { feedIndicators, madeIndicators } from './indicators.ts';
import { Loader } from './load.ts';
import { compare, type Figure } from './measure.ts';
import { makePlace, type Place } from './place.ts';
import { SUBMIT } from './submissions.ts';
import { untilAdmitted } from './until.ts';

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
  await admin.query(BASELINE_TABLE);
  const loader = new Loader();
  const side = { place, admin, loader };
  const real = feed === null ? null : (await feedIndicators(feed)).slice(0, rows);
  let salt = 0;
  const next = () => real ?? madeIndicators(rows, (salt += 1));
  try {
    const copy = () => copyRate(admin, next());
    const toReceipt = await compare(
      { name: 'submit-bulk', metric: 'rows/s to the receipt / COPY', bar: 0.2, goal: 0.35, better: 'least' },
      async () => {
        const { toReceipt: rate } = await submitAll(side, next());
        return rate;
      },
      copy,
      pairs,
    );
    const toCases = await compare(
      { name: 'submit-bulk', metric: 'rows/s to the cases in the feed / COPY', bar: 0.07, goal: 0.11, better: 'least' },
      async () => {
        const { toCases: rate } = await submitAll(side, next());
        return rate;
      },
      copy,
      pairs,
    );
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
  const batches = Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, n) =>
    rows.slice(n * BATCH, (n + 1) * BATCH),
  );
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

function checkAnswer(answer: string, sent: readonly BenchIndicator[]): void {
  const { data } = JSON.parse(answer) as { data: { submitReport: { results: unknown[] | null } } | null };
  const answered = data?.submitReport.results?.length;
  if (answered !== sent.length) throw new Error(`${answered} answers to ${sent.length} rows: ${answer.slice(0, 500)}`);
}

/** One table with the columns and indexes of indicators, and nothing else of the hub. */
const BASELINE_TABLE = `CREATE TABLE public.copied (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), report_id uuid, reporter_id uuid, ord int,
  type text, value text, category text, resource bytea, outcome text);
  CREATE UNIQUE INDEX ON public.copied (reporter_id, report_id, ord); CREATE INDEX ON public.copied (report_id, ord);
  CREATE INDEX ON public.copied (resource, id); CREATE INDEX ON public.copied (reporter_id, report_id, value, type, category);`;

async function copyRate(admin: pg.Client, rows: readonly BenchIndicator[]): Promise<number> {
  const [report, reporter] = [randomUUID(), randomUUID()];
  const lines = rows.map(({ value, category }, ord) => {
    const text = value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t');
    return `${randomUUID()}\t${report}\t${reporter}\t${ord}\tDOMAIN\t${text}\t${category}\t\\\\x${Buffer.from(String(ord)).toString('hex').padStart(64, '0')}\tRECEIVED\n`;
  });
  const start = performance.now();
  for (let from = 0; from < lines.length; from += BATCH) {
    const stream = admin.query(
      copyFrom(
        'COPY public.copied (id, report_id, reporter_id, ord, type, value, category, resource, outcome) FROM STDIN',
      ),
    );
    await pipeline(Readable.from([lines.slice(from, from + BATCH).join('')]), stream);
  }
  return (rows.length / (performance.now() - start)) * 1000;
}
