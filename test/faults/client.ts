import { randomUUID } from 'node:crypto';

import type { Answer } from '../support/api.ts';
import { Failed } from './experiment.ts';

const ANSWER_WITHIN_MS = 15_000;
const PATIENCE_MS = 120_000;
const WORTH_ANOTHER_TRY: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'SERVICE_OVERLOADED',
  'RATE_LIMITED',
  'TOO_MANY',
]);

interface Payload {
  readonly errors?: readonly { readonly code: string; readonly message: string; readonly retryable?: boolean }[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/**
 * An organisation's client as the documentation asks for it: what was not answered is sent again under the same key,
 * to whichever node serves now, until it is answered.
 */
export class Client {
  /** Answers that did not come, or said that the fault was the hub's. */
  unanswered = 0;
  /** Of these: that nothing came of for a long time, not even an end. */
  hung = 0;
  /** Of these: answered as a fault of the hub's own. */
  faults = 0;

  constructor(
    readonly url: () => string,
    readonly id: string,
    readonly key: string,
  ) {}

  /** One mutation with the field `name`, done once; its payload. */
  async does(mutation: string, input: object, key: string = randomUUID()): Promise<Payload> {
    const name = /\{\s*(\w+)/.exec(mutation.slice(mutation.indexOf(')')))?.[1] ?? '';
    for (const last = Date.now() + PATIENCE_MS; ;) {
      const { data } = await this.asks(mutation, { input: { idempotencyKey: key, ...input } });
      const payload: Payload = data[name];
      const [error] = payload.errors ?? [];
      if (!error) return payload;
      if (error.code !== 'IN_PROGRESS' || Date.now() > last)
        throw new Failed(`${name}: ${error.code} ${error.message}`);
      await pause();
    }
  }

  /** Asks until there is an answer. */
  async asks(query: string, variables: object = {}): Promise<Answer> {
    for (const last = Date.now() + PATIENCE_MS; ;) {
      const url = this.url();
      const answer = await this.tries(query, variables, url).catch((error: unknown) => String(error));
      if (typeof answer !== 'string') {
        const code = answer.errors[0]?.extensions.code;
        if (code === undefined) return answer;
        if (code === 'INTERNAL_SERVER_ERROR') this.faults += 1;
        if (!WORTH_ANOTHER_TRY.has(code)) throw new Failed(`${code}: ${answer.errors[0]?.message}`);
      }
      this.unanswered += 1;
      if (typeof answer === 'string' && answer.startsWith('TimeoutError')) this.hung += 1;
      if (Date.now() > last) throw new Failed(`No answer in ${PATIENCE_MS / 1000} s: ${JSON.stringify(answer)}`);
      await pause();
    }
  }

  /** Asks once. */
  async tries(query: string, variables: object = {}, url = this.url()): Promise<Answer> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const { data = null, errors = [] } = (await response.json()) as Partial<Answer>;
    return { status: response.status, data, errors };
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
