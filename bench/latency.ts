import { randomUUID } from 'node:crypto';

import { createClient, type Client } from 'graphql-ws';
import type pg from 'pg';
import WebSocket from 'ws';

import { toFigure, quantile, type Figure } from './measure.ts';
import { makePlace, type Asker, type Place } from './place.ts';

const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { receipt { entryId } errors { message } } }`;
const EVENTS = `subscription { events(first: 100) { events { kind } } }`;

/**
 * From a vendor's mutation to the event in another organisation's socket, on an idle hub: submit to the coordinator's
 * CASES_OPENED. The baseline is four bare durable commits in sequence, which is what the way costs at least.
 */
export async function latency({ rounds }: { rounds: number }): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  await admin.query('CREATE TABLE public.commits (n int)');
  const cert = await place.organisation(['CERT']);
  const vendor = await place.organisation(['VENDOR'], cert);
  const socket = await listen(place, cert);
  try {
    const measured: { ours: number; baseline: number }[] = [];
    for (let round = -5; round < rounds; round += 1) {
      const ours = await submitToEvent(vendor, socket, round);
      const baseline = await fourCommits(admin);
      if (round >= 0) measured.push({ ours, baseline });
    }
    const worst = quantile(
      measured.map(({ ours }) => ours),
      0.99,
    );
    const middle = quantile(
      measured.map(({ baseline }) => baseline),
      0.5,
    );
    const p50 = toFigure(
      { name: 'latency', metric: 'submit to event, ms / four commits, p50', bar: 15, goal: 8, better: 'most' },
      measured,
    );
    const p99 = { ours: worst, baseline: middle };
    return [
      p50,
      toFigure(
        { name: 'latency', metric: 'submit to event, ms, p99 / four commits, p50', bar: 40, goal: 20, better: 'most' },
        [p99],
      ),
    ];
  } finally {
    await socket.client.dispose();
    await admin.end();
    await place.leave();
  }
}

interface Listening {
  readonly client: Client;
  onCase: () => void;
}

async function listen({ hub }: Place, { key }: Asker): Promise<Listening> {
  const client = createClient({
    url: hub.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const listening: Listening = { client, onCase: () => undefined };
  const connected = new Promise((resolve) => client.on('connected', resolve));
  client.subscribe<{ events: { events: { kind: string }[] } }>(
    { query: EVENTS },
    {
      next: ({ data }) => {
        if (data?.events.events.some(({ kind }) => kind === 'CASES_OPENED')) listening.onCase();
      },
      error: (error) => {
        throw error instanceof Error ? error : new Error(JSON.stringify(error));
      },
      complete: () => undefined,
    },
  );
  await connected;
  await new Promise((resolve) => setTimeout(resolve, 200));
  return listening;
}

async function submitToEvent(vendor: Asker, socket: Listening, round: number): Promise<number> {
  const start = performance.now();
  const arrived = new Promise<number>((resolve) => {
    socket.onCase = () => resolve(performance.now() - start);
  });
  const indicators = [{ value: `round-${round + 5}-${randomUUID()}.example`, category: 'PHISHING' }];
  await vendor.ask(SUBMIT, { input: { idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER', indicators } });
  return arrived;
}

async function fourCommits(admin: pg.Client): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < 4; n += 1) await admin.query('INSERT INTO public.commits VALUES ($1)', [n]);
  return performance.now() - start;
}
