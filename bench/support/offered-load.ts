import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** What clients send: as many at once, each waiting for its answer; or so many a second, come what may. */
export type Offer = { readonly url: string; readonly keys: readonly string[]; readonly forMs: number } & (
  { readonly mode: 'closed'; readonly atOnce: number } | { readonly mode: 'open'; readonly perSecond: number }
);

interface Answer {
  readonly title: string;
  readonly ms: number;
}

/** What they were answered; `failed`: neither acknowledged nor told to come again. */
export interface Told {
  readonly acknowledged: Answer[];
  readonly refused: Answer[];
  readonly failed: string[];
  /** From the first that was sent to the last answer. */
  elapsedMs: number;
}

const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { receipt { entryId } errors { code } } }`;
const TICK_MS = 5;

const offer = workerData as Offer;
const told: Told = { acknowledged: [], refused: [], failed: [], elapsedMs: 0 };
const agent = new Agent({ keepAlive: true, maxSockets: 4_000 });
const start = performance.now();
let stopped = false;
parentPort?.once('message', () => (stopped = true)).unref();
const over = () => stopped || performance.now() - start >= offer.forMs;

function post(key: string, body: string): Promise<{ status: number; retryAfter: string | undefined; text: string }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return new Promise((resolve, reject) => {
    const sent = request(offer.url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (part) => (text += String(part)));
      response.on('error', reject);
      const retryAfter = response.headers['retry-after'];
      response.on('end', () => resolve({ status: response.statusCode ?? 0, retryAfter, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function submit(n: number): Promise<void> {
  const title = randomUUID();
  const indicators = [{ value: `${title}.example`, category: 'PHISHING' }];
  const input = { idempotencyKey: title, title, tlp: 'AMBER', indicators };
  const began = performance.now();
  try {
    const key = offer.keys[n % offer.keys.length] ?? '';
    const { status, retryAfter, text } = await post(key, JSON.stringify({ query: SUBMIT, variables: { input } }));
    const answer = { title, ms: performance.now() - began };
    if (status === 200 && text.includes('"entryId"')) told.acknowledged.push(answer);
    else if (status === 503 && retryAfter !== undefined) told.refused.push(answer);
    else told.failed.push(`${status} ${text}`);
  } catch (error) {
    told.failed.push(String(error));
  }
}

async function closed(atOnce: number): Promise<void> {
  const client = async (n: number) => {
    while (!over()) await submit(n);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, n) => client(n)));
}

async function open(perSecond: number): Promise<void> {
  const sent: Promise<void>[] = [];
  while (!over()) {
    const due = ((performance.now() - start) / 1000) * perSecond;
    while (sent.length < due) sent.push(submit(sent.length));
    await pause(TICK_MS);
  }
  await Promise.all(sent);
}

await (offer.mode === 'closed' ? closed(offer.atOnce) : open(offer.perSecond));
told.elapsedMs = performance.now() - start;
agent.destroy();
parentPort?.postMessage(told);
