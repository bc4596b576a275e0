import { once } from 'node:events';

import { Command } from 'commander';

import { ApiClient } from './api-client.ts';
import { followFeed, type EventPage, type FeedEvent } from './event-feed.ts';
import { FeedError } from './event-line.ts';
import { EXIT, Failure } from './failure.ts';
import { accepted, type Payload } from './payload.ts';
import { PATIENT, Persistence } from './patience.ts';
import { resolveTarget, withTarget, type TargetOptions } from './target.ts';

interface WatchOptions extends TargetOptions {
  readonly after?: string;
  readonly kinds?: string[];
  readonly acknowledge?: true;
  readonly json?: true;
}

const EXPLAINED = `
Each event is printed once, in the order of your feed, also across cut connections and restarts of the hub. Without
--after it begins now. When you end it, it prints the cursor from which the next watch goes on.

With --acknowledge each page is acknowledged for the desk once it is printed: it proves that your organisation was
told. Use it where somebody reads what is printed.

Examples:
  tocsin watch --as registrar
  tocsin watch --after 1.42 --json --acknowledge >> events.ndjson`;

const READ_UP_TO =
  'mutation ($cursor: String!) { acknowledgeEvents(cursor: $cursor) { upTo errors { code message } } }';

/** Prints the events of a feed as they come. */
export function watchCommand(): Command {
  return withTarget(new Command('watch'))
    .description("print your organisation's events as they come")
    .option('--after <cursor>', 'go on from here')
    .option('--kinds <kinds...>', 'events of these kinds alone, e.g. ITEMS_ARRIVED')
    .option('--acknowledge', 'say for the desk that what was printed was read')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', EXPLAINED)
    .action(watch);
}

async function watch({ after, kinds, acknowledge, json, ...options }: WatchOptions): Promise<void> {
  if (acknowledge && kinds) {
    const message = 'What --kinds leaves out was not read: acknowledge without it.';
    throw new Failure('USAGE', message, EXIT.USAGE);
  }
  const target = resolveTarget(options);
  const api = new ApiClient(target.url, target.key);
  const persistence = new Persistence(PATIENT);
  const ended = endBySignal();
  try {
    const cursor = await followFeed({
      ...target,
      ...{ after: after ?? null, kinds: kinds ?? null, signal: ended },
      take: async (page) => {
        await show(page, json ?? false);
        if (!acknowledge || !page.events.some(isNews)) return;
        await persistence.run(() => acknowledgeUpTo(api, page.cursor), ended);
      },
    });
    if (cursor !== null) process.stderr.write(`\nGo on with: tocsin watch --after ${cursor}\n`);
  } catch (error) {
    throw error instanceof FeedError ? failureOf(error) : error;
  }
}

function endBySignal(): AbortSignal {
  const controller = new AbortController();
  // Not once: a terminal's Ctrl-C comes to us and to npm, which sends it again.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

async function show({ events, gap, cursor }: EventPage, json: boolean): Promise<void> {
  if (gap) {
    process.stderr.write(`The hub was restored from a backup: your feed is read again from ${cursor}.\n`);
  }
  const text = events.map((event) => `${json ? JSON.stringify(event) : lineOf(event)}\n`).join('');
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function lineOf({ sequence, at, kind, summary, actor }: FeedEvent): string {
  const who = actor === null ? '' : `  (${actor.name})`;
  return `${sequence.padStart(6)}  ${at}  ${kind.padEnd(26)} ${summary}${who}`;
}

/** An acknowledgement is itself an event; to acknowledge it again would never end. */
const isNews = ({ kind }: FeedEvent): boolean => kind !== 'EVENTS_ACKNOWLEDGED';

async function acknowledgeUpTo(api: ApiClient, cursor: string): Promise<void> {
  accepted((await api.ask<{ acknowledgeEvents: Payload }>(READ_UP_TO, { cursor })).acknowledgeEvents);
}

function failureOf({ code, message }: FeedError): Failure {
  switch (code) {
    case 'UNREACHABLE':
      return new Failure(code, message, EXIT.UNREACHABLE);
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
      return new Failure(code, message, EXIT.NOT_ALLOWED);
    default:
      return new Failure(code, message, EXIT.USAGE);
  }
}
