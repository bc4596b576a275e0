import type { GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

import { FeedError, LineCut, reasonOf, refusedBy } from './event-line.ts';
import { pause } from './patience.ts';

/** One event of a feed, as the hub sends it. */
export interface FeedEvent {
  readonly cursor: string;
  readonly sequence: string;
  readonly kind: string;
  readonly at: string;
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly summary: string;
  readonly subjects: readonly string[];
  readonly details: readonly Readonly<Record<string, unknown>>[];
  readonly entryId: string;
}

export interface EventPage {
  readonly events: readonly FeedEvent[];
  readonly cursor: string;
  readonly head: string;
  readonly gap: { readonly reason: string; readonly resumeFrom: string } | null;
}

export interface Following {
  readonly wsUrl: string;
  readonly key: string;
  /** Null: from now on. */
  readonly after: string | null;
  readonly kinds?: readonly string[] | null;
  /** Takes each page, once and in order. A page for which it throws LineCut was not taken, and comes again. */
  readonly take: (page: EventPage) => Promise<void> | void;
  /** The line went dead; resolves when it shall be tried again. Default: after a while that grows. */
  readonly onCut?: (reason: string, failures: number) => Promise<void> | void;
  readonly signal: AbortSignal;
}

export const PAGE_FIELDS = `cursor head gap { reason resumeFrom }
  events { cursor sequence kind at actor { id name } summary subjects details entryId }`;
const HEAD = 'query { events(first: 1) { head } }';
const FOLLOW = `subscription ($after: String, $kinds: [EventKind!]) {
  events(after: $after, first: 100, kinds: $kinds) { ${PAGE_FIELDS} } }`;

const LONGEST_WAIT_MS = 10_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;

/**
 * Follows a feed across cut sockets and restarts of the hub, without loss or repeat, until `signal` is aborted; the
 * cursor of the last page taken. Throws FeedError when the hub refuses, or was never reached.
 */
export async function followFeed(asked: Following): Promise<string | null> {
  let { after } = asked;
  let reached = false;
  const socket: Progress = {
    connected: () => (reached = true),
    takenUpTo: (cursor) => (after = cursor),
  };
  for (let failures = 0; !asked.signal.aborted; failures += 1) {
    const before = after;
    try {
      await followOneSocket(asked, after, socket);
    } catch (error) {
      if (asked.signal.aborted) break;
      const reason = reasonOf(error, reached);
      if (after !== before) failures = 0;
      await (asked.onCut?.(reason, failures) ?? pause(waitAfter(failures), asked.signal));
    }
  }
  return after;
}

interface Progress {
  readonly connected: () => void;
  readonly takenUpTo: (cursor: string) => void;
}

async function followOneSocket(asked: Following, after: string | null, progress: Progress): Promise<void> {
  const { kinds = null, signal } = asked;
  const { client, cut } = openLine(asked, progress.connected);
  const end = () => client.terminate();
  signal.addEventListener('abort', end, { once: true });
  try {
    // "From now on" must remain the same now if the socket is cut before its first page.
    const start = after ?? (await headOf(client));
    progress.takenUpTo(start);
    const payload = { query: FOLLOW, variables: { after: start, kinds } };
    for await (const result of client.iterate<{ events: EventPage }>(payload)) {
      const { events: page } = dataOf(result);
      await asked.take(page);
      progress.takenUpTo(page.cursor);
    }
    throw new LineCut('the hub ended the subscription');
  } catch (error) {
    if (error instanceof LineCut) cut();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

interface Line {
  readonly client: Client;
  /** Kills the connection without a word, as a dead network does. */
  readonly cut: () => void;
}

function openLine({ wsUrl, key }: Following, connected: () => void): Line {
  let socket: WebSocket | null = null;
  let pong: NodeJS.Timeout | undefined;
  const cut = () => socket?.terminate();
  const client = createClient({
    url: wsUrl,
    webSocketImpl: QuietSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected,
      // A line that died without a word shows by its silence alone.
      ping: (received) => {
        if (!received) pong = setTimeout(cut, PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      closed: () => clearTimeout(pong),
    },
  });
  return { client, cut };
}

/** graphql-ws takes its own error listener away when it ends a socket that is still connecting; Node then throws. */
class QuietSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol);
    this.on('error', () => undefined);
  }
}

async function headOf(client: Client): Promise<string> {
  for await (const result of client.iterate<{ events: { head: string } }>({ query: HEAD })) {
    return dataOf(result).events.head;
  }
  throw new LineCut('the hub gave no answer');
}

interface Answer<Data> {
  readonly data?: Data | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

function dataOf<Data>({ data, errors = [] }: Answer<Data>): NonNullable<Data> {
  const [error] = errors;
  if (error) throw refusedBy([error]);
  if (data == null) throw new FeedError('BAD_ANSWER', 'The hub sent a page without data.');
  return data;
}

function waitAfter(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures) * (0.5 + Math.random() / 2);
}
