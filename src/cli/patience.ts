import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError } from './api-client.ts';

/** The hub is busy with this, or was: the same request a little later gets its answer. */
export class Later extends Error {
  override readonly name = 'Later';
}

export interface Patience {
  /** How long to go on asking one thing once the hub has answered anything at all. */
  readonly forMs: number;
  /** How long before: the address may be wrong. */
  readonly firstMs: number;
}

export const PATIENT: Patience = { forMs: 120_000, firstMs: 3_000 };

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Asks again, after waits that grow, where asking again can help: the line was lost, the hub restarts or is busy. For
 * requests that carry an idempotency key, since one whose answer was lost may have been done.
 */
export class Persistence {
  private answered = false;

  constructor(private readonly patience: Patience) {}

  /** Tries once more and no longer when `signal` is aborted. */
  async run<Answer>(ask: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    const began = performance.now();
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const answer = await ask();
        this.answered = true;
        return answer;
      } catch (error) {
        if (!mayHelp(error) || signal?.aborted) throw error;
        this.answered ||= !(error instanceof ApiError) || error.status > 0;
        const limit = this.answered ? this.patience.forMs : this.patience.firstMs;
        if (performance.now() + wait > began + limit) throw error;
        await pause(wait * (0.5 + Math.random() / 2), signal);
      }
    }
  }
}

/** A wait that `signal` ends early. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

function mayHelp(error: unknown): boolean {
  if (error instanceof Later) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 502 || error.code === 'SERVICE_OVERLOADED';
}
