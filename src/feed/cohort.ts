import type { Viewer } from '../platform/viewer.ts';
import { parseCursor } from './cursor.ts';
import type { StreamedPage } from './event-stream.ts';

/** A page, and the credentials, by session or client, that held in its own snapshot. */
export interface CheckedPage<Page> {
  readonly page: Page;
  readonly holding: ReadonlySet<string>;
}

export interface CohortSource<Page> {
  /** The page after a cursor, and which of the viewers' credentials hold in its snapshot. All are of one organisation. */
  readonly read: (after: string, viewers: readonly Viewer[]) => Promise<CheckedPage<Page>>;
  /** Calls back when there may be more; returns the way to stop. */
  readonly onMore: (listener: () => void) => () => void;
}

interface Reading<Page> {
  readonly after: string;
  readonly begunAt: number;
  /** How often the feed had grown when it was begun. */
  readonly grown: number;
  readonly asked: ReadonlySet<string>;
  readonly result: Promise<CheckedPage<Page>>;
  holdsEvents: boolean;
}

/** What is read is shared for so long: not after it was erased, and not instead of looking again. */
const SHARED_FOR_MS = 1_000;

const credentialOf = ({ signedIn, clientId }: Viewer): string => signedIn?.sessionId ?? clientId;

/**
 * Sockets of one organisation that are sent the same pages. Whoever asks after the same cursor is given the same page,
 * read once; it is the same object, so that what is made of it can be shared as well. One page is kept, the one furthest
 * on: a socket that is behind reads for itself until it has caught up, and costs the others nothing.
 */
export class Cohort<Page extends StreamedPage> {
  private readonly members = new Map<() => void, Viewer>();
  private front: Reading<Page> | null = null;
  private grown = 0;
  private ignore: () => void = () => undefined;

  constructor(private readonly source: CohortSource<Page>) {}

  get isEmpty(): boolean {
    return this.members.size === 0;
  }

  /** Calls back when there may be more; returns the way to leave. Who reads must have joined. */
  join(viewer: Viewer, listener: () => void): () => void {
    if (this.isEmpty) this.ignore = this.source.onMore(() => this.wake());
    this.members.set(listener, viewer);
    return () => {
      if (this.members.delete(listener) && this.isEmpty) this.ignore();
    };
  }

  /**
   * The page after the cursor, whether the viewer's credential held when it was read, and whether the feed has grown
   * since its reading was begun, perhaps by others: who was woken meanwhile must look again.
   */
  async read(after: string, viewer: Viewer): Promise<{ page: Page; holds: boolean; hasGrown: boolean }> {
    const credential = credentialOf(viewer);
    const { grown, result } = this.readingFor(after, viewer, credential);
    const { page, holding } = await result;
    return { page, holds: holding.has(credential), hasGrown: grown !== this.grown };
  }

  private readingFor(after: string, viewer: Viewer, credential: string): Pick<Reading<Page>, 'grown' | 'result'> {
    const front = this.front && this.isFresh(this.front) ? this.front : null;
    if (front && isBefore(after, front.after)) return { grown: this.grown, result: this.source.read(after, [viewer]) };
    const joined = front?.after === after && front.asked.has(credential) && this.isNews(front) ? front : null;
    return joined ?? this.begin(after, viewer);
  }

  private wake(): void {
    this.grown += 1;
    for (const listener of this.members.keys()) listener();
  }

  private begin(after: string, viewer: Viewer): Reading<Page> {
    const viewers = new Map([viewer, ...this.members.values()].map((each) => [credentialOf(each), each]));
    const result = this.source.read(after, [...viewers.values()]);
    const reading = {
      ...{ after, begunAt: performance.now(), grown: this.grown, asked: new Set(viewers.keys()), result },
      holdsEvents: false,
    };
    this.front = reading;
    result.then(
      ({ page }) => (reading.holdsEvents = page.events.length > 0),
      () => this.front === reading && (this.front = null),
    );
    return reading;
  }

  private isFresh({ begunAt }: Reading<Page>): boolean {
    return performance.now() - begunAt < SHARED_FOR_MS;
  }

  /** "Nothing new" is good for nobody whom the feed has woken since: she would sleep over what she was woken for. */
  private isNews({ holdsEvents, grown }: Reading<Page>): boolean {
    return holdsEvents || grown === this.grown;
  }
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseCursor(one), parseCursor(other)];
  return a.generation === b.generation ? a.seq < b.seq : a.generation < b.generation;
}
