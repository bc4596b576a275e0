import type { EventPage } from './event.type.ts';

export interface StreamSource {
  /** The page after a cursor; without events when there is nothing new. Null ends the stream. */
  readonly read: (after: string) => Promise<EventPage | null>;
  /** Calls back when there may be more; returns the way to stop. */
  readonly onMore: (listener: () => void) => () => void;
}

/** How long a missed wake-up can hide an event. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Pages of a feed as they come, pulled: nothing is read before the last page was taken, so a slow reader costs no
 * memory. Written by hand, since `return` of a generator waits behind its pending `next` and would leak here.
 */
export class EventStream implements AsyncIterableIterator<EventPage> {
  private ended = false;
  private more = false;
  private wake: (() => void) | null = null;
  private readonly ignore: () => void;

  constructor(
    private readonly source: StreamSource,
    private cursor: string,
  ) {
    this.ignore = source.onMore(() => {
      this.more = true;
      this.wake?.();
    });
  }

  async next(): Promise<IteratorResult<EventPage>> {
    while (!this.ended) {
      this.more = false;
      const page = await this.source.read(this.cursor);
      if (this.ended || !page) break;
      this.cursor = page.cursor;
      if (page.events.length > 0 || page.gap) return { done: false, value: page };
      if (!this.more) await this.pause();
    }
    return this.return();
  }

  /** Ends the stream; a pending `next` answers at once. */
  return(): Promise<IteratorResult<EventPage>> {
    this.ended = true;
    this.ignore();
    this.wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<EventPage>> {
    void this.return();
    return Promise.reject(error as Error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), LOOK_AGAIN_MS);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
