import { randomUUID } from 'node:crypto';

import { createClient, type Client } from 'graphql-ws';
import type pg from 'pg';
import WebSocket from 'ws';

import { quantile, toFigure, type Figure } from './support/measure.ts';
import type { Offer } from './support/offered-load.ts';
import { offer, UNPRICED } from './overload.ts';
import { makePlace, type Asker, type Place } from './support/place.ts';
import { untilAdmitted } from './support/until.ts';

const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { receipt { entryId } errors { message } } }`;
const EVENTS = `subscription { events(first: 100) { events { kind } } }`;
const RULES = `mutation ($input: SetTriageRulesInput!) { setTriageRules(input: $input) { errors { message } } }`;
const CLAIM = `mutation ($input: ClaimAssetsInput!) { claimAssets(input: $input) { results { claim { id } } errors { message } } }`;
const DECIDE = `mutation ($input: DecideClaimsInput!) { decideAssetClaims(input: $input) { errors { message } } }`;

const IANA_ID = 146;
const WARM_UP = 5;
/** What is promised for the slowest of a hundred, in ms. */
const IDLE_MS = 80;
const LOADED_MS = 150;
const LOADED = 0.5;
const AT_ONCE = 8;

export interface LatencyOptions {
  readonly rounds: number;
  /** How long it is found out what the hub takes at most. */
  readonly peakMs: number;
}

/**
 * From the mutation of a vendor whom a rule of its CERT trusts to the event in the registrar's socket; on an idle hub,
 * and while others submit half as much as it can take. The baseline is four bare durable commits in sequence.
 */
export async function latency({ rounds, peakMs }: LatencyOptions): Promise<Figure[]> {
  const place = await makePlace(UNPRICED);
  const admin = await place.connect();
  await admin.query('CREATE TABLE public.commits (n int)');
  const { vendor, others, registrar } = await enrol(place);
  const socket = await listen(place, registrar);
  try {
    const idle = await measure(rounds, vendor, socket, admin);
    const sustained = await sustainedRate(others, peakMs, admin);
    const end = new AbortController();
    const load = offer({ ...others, mode: 'open', perSecond: sustained * LOADED, forMs: Infinity }, end.signal);
    const loaded = await measure(rounds, vendor, socket, admin);
    end.abort();
    const { failed, refused } = await load;
    if (failed.length + refused.length > 0) throw new Error(`The load was not taken: ${failed[0] ?? 'refused'}.`);
    return [...figures('idle', idle, IDLE_MS), ...figures('at half load', loaded, LOADED_MS)];
  } finally {
    await socket.client.dispose();
    await admin.end();
    await place.leave();
  }
}

/** Submissions a second, from the first of a burst until the last has its case. */
async function sustainedRate(others: Others, forMs: number, admin: pg.Client): Promise<number> {
  const start = performance.now();
  const { acknowledged } = await offer({ ...others, mode: 'closed', atOnce: AT_ONCE, forMs });
  await untilAdmitted(admin);
  return (acknowledged.length / (performance.now() - start)) * 1000;
}

type Others = Pick<Offer, 'url' | 'keys'>;
type Measured = readonly { readonly ours: number; readonly baseline: number }[];

function figures(when: string, measured: Measured, promised: number): Figure[] {
  const name = 'latency';
  const ours = quantile(
    measured.map((each) => each.ours),
    0.99,
  );
  return [
    toFigure({ name, metric: `submit to event, ms, p50, ${when} / four commits`, bar: 15, goal: 8, better: 'most' }, [
      ...measured,
    ]),
    toFigure({ name, metric: `submit to event, ms, p99, ${when} / promised`, bar: 1, goal: 0.5, better: 'most' }, [
      { ours, baseline: promised },
    ]),
  ];
}

async function measure(rounds: number, vendor: Asker, socket: Listening, admin: pg.Client): Promise<Measured> {
  const measured: { ours: number; baseline: number }[] = [];
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const ours = await submitToEvent(vendor, socket);
    const baseline = await fourCommits(admin);
    if (round >= 0) measured.push({ ours, baseline });
  }
  return measured;
}

/** A vendor by whose word alone the registrar is asked, and others whose reports wait for a person. */
async function enrol(place: Place) {
  const cert = await place.organisation(['CERT']);
  const vendor = await place.organisation(['VENDOR'], cert);
  const other = await place.organisation(['VENDOR'], cert);
  const registrar = await place.organisation(['PROVIDER']);
  const assets = [{ role: 'REGISTRAR', kind: 'IANA_REGISTRAR_ID', value: String(IANA_ID) }];
  const { claimAssets } = await registrar.ask<{ claimAssets: { results: { claim: { id: string } }[] } }>(CLAIM, {
    input: { idempotencyKey: randomUUID(), assets },
  });
  const claims = claimAssets.results.map(({ claim }) => claim.id);
  await place.operator.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims } });
  const rule = { name: 'trusted', reporters: [vendor.id], categories: ['PHISHING'], leastConfidence: 80 };
  await cert.ask(RULES, { input: { idempotencyKey: randomUUID(), rules: [{ ...rule, outcome: 'FORWARD' }] } });
  return { vendor, registrar, others: { url: place.hub.url, keys: [other.key] } };
}

interface Listening {
  readonly client: Client;
  onItem: () => void;
}

async function listen({ hub }: Place, { key }: Asker): Promise<Listening> {
  const client = createClient({
    url: hub.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const listening: Listening = { client, onItem: () => undefined };
  const connected = new Promise((resolve) => client.on('connected', resolve));
  client.subscribe<{ events: { events: { kind: string }[] } }>(
    { query: EVENTS },
    {
      next: ({ data }) => {
        if (data?.events.events.some(({ kind }) => kind === 'ITEMS_ARRIVED')) listening.onItem();
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

async function submitToEvent(vendor: Asker, socket: Listening): Promise<number> {
  const indicators = [
    {
      ...{ value: `https://login.${randomUUID()}.example/secure`, category: 'PHISHING', confidence: 90 },
      ...{ lastSeen: new Date(Date.now() - 3_600_000), hosting: { registrarIanaId: IANA_ID } },
    },
  ];
  const start = performance.now();
  const arrived = new Promise<number>((resolve) => {
    socket.onItem = () => resolve(performance.now() - start);
  });
  await vendor.ask(SUBMIT, { input: { idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER', indicators } });
  return arrived;
}

async function fourCommits(admin: pg.Client): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < 4; n += 1) await admin.query('INSERT INTO public.commits VALUES ($1)', [n]);
  return performance.now() - start;
}
