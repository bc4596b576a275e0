import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Signals } from '../ledger/signals.ts';
import type { NodeRegistry } from '../platform/api/node.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Denial, Refusal } from '../platform/errors.ts';
import { inSpan } from '../platform/spans.ts';
import type { Viewer } from '../platform/viewer.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import type { EventPage } from './event.type.ts';
import { Cohort, type CheckedPage } from './cohort.ts';
import { EventStream } from './event-stream.ts';
import { readEvents, type EventsAsked } from './event-page.service.ts';
import { sessionHolds } from '../tenancy/session.service.ts';
import { clientsHolding, feedState } from './events.queries.ts';
import { EventsAcknowledged } from './feed.facts.ts';

/** Says whether the credential behind an open subscription still holds. */
export type StillHolds = () => Promise<boolean>;

type PagesAsked = Pick<EventsAsked, 'first' | 'kinds'>;

export class FeedService {
  private readonly cohorts = new Map<string, Cohort<EventPage>>();

  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly signals: Signals,
    readonly nodes: NodeRegistry,
  ) {}

  /**
   * The feed after a cursor, then live. Null starts now. The credential is looked at again with each page, in the
   * page's own snapshot; the stream fails with FORBIDDEN when it no longer holds. Those who ask the same are a cohort,
   * and are given the same pages.
   */
  async subscribe(
    viewer: Viewer,
    stillHolds: StillHolds,
    asked: { after: string | null } & PagesAsked,
  ): Promise<AsyncIterableIterator<EventPage>> {
    const start = asked.after === null ? await this.headOf(viewer) : formatCursor(parseCursor(asked.after));
    const cohort = this.cohortOf(viewer, asked);
    let lookAgain: () => void = () => undefined;
    const read = async (after: string): Promise<EventPage> => {
      if (!(await stillHolds())) throw credentialEnded();
      const { page, holds, hasGrown } = await cohort.read(after, viewer);
      if (!holds) throw credentialEnded();
      if (hasGrown) lookAgain();
      return page;
    };
    const onMore = (listener: () => void): (() => void) => {
      lookAgain = listener;
      return cohort.join(viewer, listener);
    };
    return new EventStream({ read, onMore }, start);
  }

  /**
   * Records that this client, answering for the desk, has read up to the cursor. Going back, or over nothing but
   * acknowledgements, changes nothing: an acknowledgement is itself an event, and would otherwise call for the next.
   */
  acknowledge(viewer: Viewer, cursor: string): Promise<{ upTo: string; entryId: string | null }> {
    return this.work.as(viewer, async (tx) => {
      const { generation, seq } = await feedState(tx);
      const asked = parseCursor(cursor);
      if (asked.generation !== generation || asked.seq > BigInt(seq)) {
        throw new Refusal('BAD_CURSOR', 'The cursor is not in your feed.', ['cursor']);
      }
      const before = await lockAcknowledged(tx, viewer);
      const upTo = asked.seq > before ? asked.seq : before;
      if (!(await holdsNews(tx, viewer, before, upTo)))
        return { upTo: formatCursor({ generation, seq: before }), entryId: null };
      await tx.query(
        `INSERT INTO feed_acknowledgement (organisation_id, client_id, seq, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation_id, client_id) DO UPDATE SET seq = excluded.seq, at = excluded.at`,
        [viewer.organisationId, viewer.clientId, upTo, this.clock.now()],
      );
      const row = { id: viewer.organisationId, clientId: viewer.clientId, upTo: String(upTo) };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(EventsAcknowledged, [row]));
      return { upTo: formatCursor({ generation, seq: upTo }), entryId };
    });
  }

  /** A feed is whole: whoever may read events reads the same, and only what was asked parts one cohort from another. */
  private cohortOf({ organisationId }: Viewer, { first, kinds }: PagesAsked): Cohort<EventPage> {
    const key = JSON.stringify([organisationId, first, kinds]);
    const known = this.cohorts.get(key);
    if (known) return known;
    const cohort = new Cohort<EventPage>({
      read: (after, viewers) => this.readPage({ after: parseCursor(after), first, kinds }, viewers),
      onMore: (listener) => {
        const ignore = this.signals.onFeed(organisationId, listener);
        this.cohorts.set(key, cohort);
        return () => {
          ignore();
          this.cohorts.delete(key);
        };
      },
    });
    return cohort;
  }

  private async readPage(asked: EventsAsked, viewers: readonly Viewer[]): Promise<CheckedPage<EventPage>> {
    const [one] = viewers;
    if (!one) throw new Error('A page is read for somebody.');
    return inSpan('page', { 'tocsin.credentials': viewers.length }, (span) =>
      this.work.readAtOnce(one, async (tx) => {
        const [holding, page] = await Promise.all([
          credentialsHolding(tx, viewers, this.clock.now()),
          readEvents(tx, this.nodes, asked),
        ]);
        span.set({ 'tocsin.events': page.events.length });
        return { page, holding };
      }),
    );
  }

  private headOf(viewer: Viewer): Promise<string> {
    return this.work.read(viewer, async (tx) => {
      const { generation, seq } = await feedState(tx);
      return formatCursor({ generation, seq: BigInt(seq) });
    });
  }
}

/** Of credentials of one organisation those that hold in this snapshot, be they keys or sessions. */
async function credentialsHolding(tx: Tx, viewers: readonly Viewer[], at: Date): Promise<ReadonlySet<string>> {
  const sessions = viewers.flatMap(({ signedIn }) => signedIn?.sessionId ?? []);
  const clients = viewers.filter(({ signedIn }) => !signedIn);
  const [keys, held] = await Promise.all([
    clients.length > 0 ? clientsHolding(tx, clients, at) : [],
    Promise.all(sessions.map((session) => sessionHolds(tx, session, at))),
  ]);
  return new Set([...keys, ...sessions.filter((_, n) => held[n])]);
}

const credentialEnded = (): Denial => new Denial('FORBIDDEN', 'The key was revoked or has expired.');

/** Serialises one client's acknowledgements, also its first. */
async function lockAcknowledged(tx: Tx, { organisationId, clientId }: Viewer): Promise<bigint> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [clientId]);
  const [row] = await tx.query<{ seq: string }>(
    'SELECT seq FROM feed_acknowledgement WHERE organisation_id = $1 AND client_id = $2',
    [organisationId, clientId],
  );
  return BigInt(row?.seq ?? 0);
}

async function holdsNews(tx: Tx, { organisationId }: Viewer, after: bigint, upTo: bigint): Promise<boolean> {
  const [news] = await tx.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM feed WHERE organisation_id = $1 AND seq > $2 AND seq <= $3 AND kind <> $4) AS found`,
    [organisationId, after, upTo, EventsAcknowledged.kind],
  );
  return news?.found ?? false;
}
