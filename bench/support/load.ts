import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** GraphQL requests to one URL, so many of them under way at a time. */
export interface Load {
  readonly url: string;
  /** Of the asker; null: none. */
  readonly key: string | null;
  /** JSON, one a request, sent in this order. */
  readonly bodies: readonly string[];
  readonly atOnce: number;
}

/** What came of it. */
export interface Loaded {
  /** From the first request to the last answer. */
  readonly milliseconds: number;
  /** In the order of the bodies. */
  readonly answers: readonly string[];
}

/**
 * A client in a thread of its own: what it costs to ask is not added to the servers' side, where it would bring every
 * ratio nearer to one. Connections are kept. Throws what the client threw, and when an answer is not HTTP 200.
 */
export class Loader {
  private readonly worker = new Worker(new URL(import.meta.url));

  async send(load: Load): Promise<Loaded> {
    this.worker.postMessage(load);
    const [message] = (await once(this.worker, 'message')) as [Loaded | { failed: string }];
    if ('failed' in message) throw new Error(message.failed);
    return message;
  }

  /** Answered requests a second. Throws where an answer holds errors, or `check` throws. */
  async rate(load: Load, check: (data: unknown, index: number) => void): Promise<number> {
    const { milliseconds, answers } = await this.send(load);
    for (const [index, text] of answers.entries()) {
      const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown[] };
      if (errors?.length) throw new Error(`Request ${index} failed: ${text.slice(0, 500)}`);
      check(data, index);
    }
    return (load.bodies.length / milliseconds) * 1000;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

const agent = new Agent({ keepAlive: true });

async function sendAll({ url, key, bodies, atOnce }: Load): Promise<Loaded> {
  const answers: string[] = [];
  let next = 0;
  const one = async () => {
    for (let index = next++; index < bodies.length; index = next++)
      answers[index] = await post(url, key, bodies[index] ?? '');
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, one));
  return { milliseconds: performance.now() - start, answers };
}

function post(url: string, key: string | null, body: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(key !== null && { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`HTTP ${response.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  port.on('message', (load: Load) => {
    sendAll(load).then(
      (loaded) => port.postMessage(loaded),
      (error: unknown) => port.postMessage({ failed: String(error) }),
    );
  });
}
