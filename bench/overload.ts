import { Worker } from 'node:worker_threads';

import type pg from 'pg';

import { quantile, toFigure, type Figure } from './support/measure.ts';
import type { Offer, Told } from './support/offered-load.ts';
import { makePlace } from './support/place.ts';

export interface OverloadOptions {
  readonly peakMs: number;
  readonly overloadMs: number;
}

const VENDORS = 4;
const AT_ONCE = 40;
const TIMES = 3;
/** A limit of points would refuse before the hub has too much to do. */
export const UNPRICED = { rate: { client: { maximum: 1e12, restoreRate: 1e12 } } };

/**
 * What a hub still does under more submissions than it can take: first as many as it takes from forty clients that
 * wait for each answer, then three times as many a second, whether it answers or not. Clients are another thread.
 */
export async function overload({ peakMs, overloadMs }: OverloadOptions): Promise<Figure[]> {
  const place = await makePlace(UNPRICED);
  const admin = await place.connect();
  try {
    const cert = await place.organisation(['CERT']);
    // One after the other: the operator has one large request at a time.
    const keys: string[] = [];
    for (let n = 0; n < VENDORS; n += 1) keys.push((await place.organisation(['VENDOR'], cert)).key);
    const base = { url: place.hub.url, keys };
    await offer({ ...base, mode: 'closed', atOnce: AT_ONCE, forMs: peakMs / 4 });
    const peak = await offer({ ...base, mode: 'closed', atOnce: AT_ONCE, forMs: peakMs });
    const sustained = goodputOf(peak);
    const over = await offer({ ...base, mode: 'open', perSecond: sustained * TIMES, forMs: overloadMs });
    if (over.failed.length > 0) throw new Error(`${over.failed.length} answers of another kind: ${over.failed[0]}`);
    const acknowledged = [...peak.acknowledged, ...over.acknowledged].map(({ title }) => title);
    return figures(peak, over, acknowledged.length, await there(admin, acknowledged));
  } finally {
    await admin.end();
    await place.leave();
  }
}

/** Submissions a second that were acknowledged, until everything that was sent had its answer. */
const goodputOf = ({ acknowledged, elapsedMs }: Told): number => (acknowledged.length / elapsedMs) * 1000;

function figures(peak: Told, over: Told, acknowledged: number, kept: number): Figure[] {
  const name = 'overload';
  const p99 = (answers: readonly { readonly ms: number }[]) =>
    quantile(
      answers.map(({ ms }) => ms),
      0.99,
    );
  const before = p99(peak.acknowledged);
  const each = (
    metric: string,
    [bar, goal]: readonly [number, number],
    better: Figure['better'],
    ours: number,
    baseline: number,
  ) => toFigure({ name, metric, bar, goal, better }, [{ ours, baseline }]);
  return [
    each(
      'submissions/s that were acknowledged, three times as many offered / peak',
      [0.8, 0.9],
      'least',
      goodputOf(over),
      goodputOf(peak),
    ),
    each('acknowledged submissions that are there / acknowledged', [1, 1], 'least', kept, acknowledged),
    each(
      'p99 of acknowledgements in ms, three times as many offered / peak',
      [5, 3],
      'most',
      p99(over.acknowledged),
      before,
    ),
    each('p99 of refusals in ms / p99 of acknowledgements at the peak', [2, 1], 'most', p99(over.refused), before),
  ];
}

async function there(admin: pg.Client, titles: readonly string[]): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM report WHERE title = ANY ($1)',
    [titles],
  );
  return rows[0]?.count ?? 0;
}

/** Until its time is over, or until it is told to end. */
export function offer(workerData: Offer, end?: AbortSignal): Promise<Told> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./support/offered-load.js', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    end?.addEventListener('abort', () => worker.postMessage('end'));
  });
}
