import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { SUBMIT } from '../test/support/api.ts';
import type { Client } from '../test/faults/client.ts';
import { grow } from './support/feeds.ts';
import { Fleet, type Spent } from './support/fleet.ts';
import { quantile, toFigure, type Figure } from './support/measure.ts';
import type { Offer, Told } from './support/offered-load.ts';
import { SocketCrowd } from './support/socket-crowd.ts';

export interface ScaleOutSize {
  /** Once up and once down is two. */
  readonly rounds: number;
  readonly submitMs: number;
  readonly sockets: number;
  readonly organisations: number;
  readonly events: number;
  readonly bursts: number;
  readonly wakeUps: number;
}

interface Submitted {
  readonly submitReport: { readonly receipt: { readonly entryId: string } };
}

const MOST = 3;
const AT_ONCE = 24;
const EVENTS = `subscription Told($after: String) { events(after: $after) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind at actor { id name } summary subjects details entryId } } }`;
const HEARD = 'subscription { events { events { kind entryId } } }';
const WAKE_UP_BAR_MS = 100;

/**
 * What one submission, and one event in one socket, costs of CPU; microseconds, of nodes and PostgreSQL. The sockets of an
 * organisation are spread over all nodes, or are at one of them, as where a balancer goes by the client's address.
 */
interface Costs {
  readonly submit: number;
  readonly spread: number;
  readonly together: number;
}

/**
 * One, two and three nodes on one PostgreSQL, each with its share of the submissions and of every organisation's
 * sockets, as behind a balancer. Two processors are full with one node: what is compared is what a unit costs, the
 * nodes and PostgreSQL together, with all that follows from a submission. Then how long one node takes to hear of another.
 */
export async function scaleOut(size: ScaleOutSize): Promise<Figure[]> {
  const fleet = await Fleet.start();
  try {
    const providers: Client[] = [];
    for (let n = 0; n < size.organisations; n += 1) providers.push(await fleet.provider(`Provider ${n}`));
    const measured: Costs[][] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      const counts = round % 2 === 0 ? [1, 2, 3] : [3, 2, 1];
      const costs: Costs[] = [];
      for (const count of counts) {
        await fleet.becomes(count);
        costs[count - 1] = await costsOf(fleet, providers, size);
      }
      measured.push(costs);
    }
    await fleet.becomes(MOST);
    const figures = [2, 3].flatMap((count) => compared(measured, count));
    return [...figures, await wakeUps(fleet, size.wakeUps)];
  } finally {
    await fleet.end();
  }
}

function compared(measured: readonly (readonly Costs[])[], count: number): Figure[] {
  const each = (unit: string, cost: (costs: Costs) => number): Figure => {
    const metric = `µs of CPU for ${unit}, ${count} nodes / one`;
    const pairs = measured.map((costs) => ({ ours: costOf(costs, count, cost), baseline: costOf(costs, 1, cost) }));
    return toFigure({ name: 'scale-out', metric, bar: 1.3, goal: 1.1, better: 'most' }, pairs);
  };
  return [
    each('a submission', ({ submit }) => submit),
    each('an event in a socket, those of an organisation at every node', ({ spread }) => spread),
    each('an event in a socket, those of an organisation at one node', ({ together }) => together),
  ];
}

function costOf(costs: readonly Costs[], count: number, cost: (costs: Costs) => number): number {
  const found = costs[count - 1];
  return found ? cost(found) : NaN;
}

const each = ({ nodes, postgres }: Spent, units: number): number => ((nodes + postgres) * 1e6) / units;

async function costsOf(fleet: Fleet, providers: readonly Client[], size: ScaleOutSize): Promise<Costs> {
  // Of a node that has just begun the code is not compiled yet.
  await submitted(fleet, size.submitMs / 2);
  let reports = 0;
  const submitting = await fleet.spends(async () => void (reports = await submitted(fleet, size.submitMs)));
  const submit = each(submitting, reports);
  const spread = await fannedOut(fleet, providers, size, sharesOfEach);
  const together = await fannedOut(fleet, providers, size, wholeAtOne);
  return { submit, spread, together };
}

/** Submissions of one indicator at every node for a time; how many there are, each of them acknowledged and written. */
async function submitted({ urls, cast, stand }: Fleet, forMs: number): Promise<number> {
  const atOnce = Math.ceil(AT_ONCE / urls.length);
  const told = await Promise.all(
    urls.map((url) => offer({ url, keys: [cast.vendor.key], forMs, mode: 'closed', atOnce })),
  );
  const failed = told.flatMap((each) => [...each.failed, ...each.refused.map(() => 'refused')]);
  if (failed[0] !== undefined) throw new Error(`${failed.length} were not acknowledged: ${failed[0]}`);
  const titles = told.flatMap(({ acknowledged }) => acknowledged.map(({ title }) => title));
  const [row] = await stand.rows<{ n: number }>('SELECT count(*)::int AS n FROM report WHERE title = ANY ($1)', [
    titles,
  ]);
  if (row?.n !== titles.length) throw new Error(`${row?.n} of ${titles.length} reports are there.`);
  return titles.length;
}

function offer(workerData: Offer): Promise<Told> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./support/offered-load.js', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** How many of an organisation's sockets each node has. */
type Shares = (sockets: number, nodes: number, organisation: number) => number[];

const sharesOfEach: Shares = (sockets, nodes) =>
  Array.from({ length: nodes }, (_, node) => Math.floor(sockets / nodes) + (node < sockets % nodes ? 1 : 0));

const wholeAtOne: Shares = (sockets, nodes, organisation) =>
  Array.from({ length: nodes }, (_, node) => (node === organisation % nodes ? sockets : 0));

/** Bursts of events to the sockets of all organisations; µs for an event in a socket. */
async function fannedOut(
  fleet: Fleet,
  providers: readonly Client[],
  size: ScaleOutSize,
  shares: Shares,
): Promise<number> {
  const crowd = new SocketCrowd();
  const { wsUrls, work } = fleet;
  const sockets = Math.floor(size.sockets / providers.length);
  try {
    const heads = await Promise.all(providers.map(headOf));
    const open = providers.flatMap(({ key }, n) =>
      shares(sockets, wsUrls.length, n).map((share, node) => ({
        ...{ url: wsUrls[node] ?? '', key, sockets: share, variables: { after: heads[n] }, keep: false },
      })),
    );
    await crowd.told({ open });
    await crowd.told({ subscribe: EVENTS });
    const burst = async () => {
      await crowd.told({ expect: { events: size.events, afresh: false } });
      await grow({ hub: { app: { work } } }, providers, size.events);
      await crowd.secondsSince(process.hrtime.bigint());
    };
    await burst();
    const spent = await fleet.spends(async () => {
      for (let n = 0; n < size.bursts; n += 1) await burst();
    });
    return each(spent, sockets * providers.length * size.events * size.bursts);
  } finally {
    await crowd.end();
  }
}

async function headOf(provider: Client): Promise<string> {
  const { data } = (await provider.asks('{ events(first: 1) { head } }')) as { data: { events: { head: string } } };
  return data.events.head;
}

/** From the answer of a submission at one node to its event in a socket at another, p99. */
async function wakeUps({ urls, wsUrls, cast: { vendor } }: Fleet, rounds: number): Promise<Figure> {
  const heard = new Map<string, number[]>();
  const clients = wsUrls.map((url) =>
    listen(url, vendor.key, (entry) => heard.set(entry, [...(heard.get(entry) ?? []), performance.now()])),
  );
  await Promise.all(clients.map(({ connected }) => connected));
  const waits: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const at = urls[round % urls.length];
    const indicators = [{ value: `${randomUUID()}.example`, category: 'PHISHING' }];
    const input = { idempotencyKey: randomUUID(), title: 'a wake-up', tlp: 'AMBER', indicators };
    const { data } = (await vendor.tries(SUBMIT, { input }, at)) as { data: Submitted };
    const answered = performance.now();
    const entry = data.submitReport.receipt.entryId;
    while ((heard.get(entry)?.length ?? 0) < wsUrls.length) await new Promise((done) => setTimeout(done, 1));
    waits.push(Math.max(0, Math.max(...(heard.get(entry) ?? [])) - answered));
  }
  for (const { client } of clients) await client.dispose();
  const metric = `ms from a submission's answer at one of ${urls.length} nodes to its event in sockets of all, p99 / bar`;
  console.log('ms to the sockets of all nodes:', {
    median: quantile(waits, 0.5),
    'worst five': waits.toSorted((a, b) => b - a).slice(0, 5),
  });
  const pair = { ours: quantile(waits, 0.99), baseline: WAKE_UP_BAR_MS };
  return toFigure({ name: 'scale-out', metric, bar: 1, goal: 0.5, better: 'most' }, [pair]);
}

function listen(url: string, key: string, hear: (entry: string) => void) {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: false,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const connected = new Promise((resolve) => client.on('connected', resolve)).then(
    // Until the subscription is taken: the first events may be missed otherwise.
    () => new Promise((resolve) => setTimeout(resolve, 300)),
  );
  client.subscribe<{ events: { events: { entryId: string }[] } }>(
    { query: HEARD },
    {
      next: ({ data }) => data?.events.events.forEach(({ entryId }) => hear(entryId)),
      error: (error) => {
        throw error instanceof Error ? error : new Error(JSON.stringify(error));
      },
      complete: () => undefined,
    },
  );
  return { client, connected };
}
