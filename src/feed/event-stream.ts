/** A part of a feed: where it ends, where the feed ends, and whether there is anything to pass on. */
export interface StreamedPage {
  readonly events: readonly unknown[];
  readonly cursor: string;
  readonly head: string;
  readonly gap: object | null;
}

export interface StreamSource<Page extends StreamedPage = StreamedPage> {
  /** The page after a cursor; without events when there is nothing new. Null ends the stream. */
  readonly read: (after: string) => Promise<Page | null>;
  /** Calls back when there may be more; returns the way to stop. */
  readonly onMore: (listener: () => void) => () => void;
}

/**
 * How long a missed wake-up can hide an event. Wake-ups are missed while the connection for them is down, and its
 * return wakes everybody: this is for the day on which both fail, and each look of each socket costs a transaction.
 */
const LOOK_AGAIN_MS = 10_000;

/**
 * Pages of a feed as they come, pulled: nothing is read before the last page was taken, so a slow reader costs no
 * memory. Written by hand, since `return` of a generator waits behind its pending `next` and would leak here.
 */
export class EventStream<Page extends StreamedPage = StreamedPage> implements AsyncIterableIterator<Page> {
  private ended = false;
  private more = false;
  /** Whether what was read last was all there was. */
  private atHead = false;
  private wake: (() => void) | null = null;
  private abandon: (() => void) | null = null;
  private readonly ignore: () => void;

  constructor(
    private readonly source: StreamSource<Page>,
    private cursor: string,
    private readonly lookAgainMs = LOOK_AGAIN_MS,
  ) {
    this.ignore = source.onMore(() => {
      this.more = true;
      this.wake?.();
    });
  }

  async next(): Promise<IteratorResult<Page>> {
    try {
      while (!this.ended) {
        // An empty page need not be the last: what it held may have been erased.
        if (this.atHead && !this.more) await this.pause();
        if (this.ended) break;
        this.more = false;
        const page = await this.read();
        if (this.ended || !page) break;
        this.cursor = page.cursor;
        this.atHead = page.cursor === page.head;
        if (page.events.length > 0 || page.gap) return { done: false, value: page };
      }
    } catch (error) {
      // Nobody calls `return` of a source that failed: it would listen for ever.
      void this.return();
      throw error;
    }
    return this.return();
  }

  /** Ends the stream; a pending `next` answers at once, whatever it waits for. */
  return(): Promise<IteratorResult<Page>> {
    this.ended = true;
    this.ignore();
    this.wake?.();
    this.abandon?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<Page>> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next page, or null as soon as the stream has ended: a database that hangs must not keep its reader. */
  private read(): Promise<Page | null> {
    return new Promise((resolve, reject) => {
      this.abandon = () => resolve(null);
      this.source.read(this.cursor).then(resolve, reject);
    });
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), this.lookAgainMs);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
