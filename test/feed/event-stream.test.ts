import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Event, EventPage } from '../../src/feed/event.type.ts';
import { EventStream, type StreamSource } from '../../src/feed/event-stream.ts';

const page = (cursor: string, events = 1, head = cursor): EventPage => ({
  events: Array.from({ length: events }, () => ({ cursor }) as Event),
  cursor,
  head,
  gap: null,
});
const nothing = (cursor: string): EventPage => page(cursor, 0);

/** A feed of the test's own: each read is answered when the test says so. */
class Feed implements StreamSource<EventPage> {
  readonly asked: string[] = [];
  readonly listeners = new Set<() => void>();
  private readonly waiting: PromiseWithResolvers<EventPage | null>[] = [];

  read = (after: string): Promise<EventPage | null> => {
    this.asked.push(after);
    const answer = Promise.withResolvers<EventPage | null>();
    this.waiting.push(answer);
    return answer.promise;
  };

  onMore = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  grows(): void {
    for (const listener of this.listeners) listener();
  }

  answers(answer: EventPage | null): void {
    this.waiting.shift()?.resolve(answer);
  }

  fails(error: Error): void {
    this.waiting.shift()?.reject(error);
  }
}

let feed: Feed;
let stream: EventStream<EventPage>;
beforeEach(() => {
  vi.useFakeTimers();
  feed = new Feed();
  stream = new EventStream(feed, '1.0');
});
afterEach(() => {
  vi.useRealTimers();
});

/** Everything that can happen without waiting has happened. */
const quiet = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('pages come in order, each read after the cursor of the last', async () => {
  const first = stream.next();
  feed.answers(page('1.3', 3));
  expect(await first).toMatchObject({ done: false, value: { cursor: '1.3' } });
  feed.grows();
  const second = stream.next();
  feed.answers(page('1.4'));
  expect(await second).toMatchObject({ done: false, value: { cursor: '1.4' } });
  expect(feed.asked).toEqual(['1.0', '1.3']);
});

test('who has read to the end of the feed looks again when it has grown, and not before', async () => {
  const first = stream.next();
  feed.answers(page('1.3', 3));
  await first;
  const second = stream.next();
  await quiet();
  expect(feed.asked).toEqual(['1.0']);
  feed.grows();
  await quiet();
  expect(feed.asked).toEqual(['1.0', '1.3']);
  feed.answers(page('1.5', 1, '1.9'));
  await second;
  void stream.next();
  expect(feed.asked).toEqual(['1.0', '1.3', '1.5']);
});

test('a feed that grew while its page was read is looked at again at once', async () => {
  const first = stream.next();
  feed.grows();
  feed.answers(page('1.3', 3));
  await first;
  void stream.next();
  expect(feed.asked).toEqual(['1.0', '1.3']);
});

test('nothing is read ahead of a reader who does not ask, however much there is', async () => {
  const first = stream.next();
  feed.answers(page('1.1'));
  await first;
  feed.grows();
  feed.grows();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.asked).toEqual(['1.0']);
});

test('a page without events is waited over, and a wake-up ends the wait', async () => {
  const next = stream.next();
  feed.answers(nothing('1.5'));
  await quiet();
  expect(feed.asked).toEqual(['1.0']);
  feed.grows();
  await quiet();
  expect(feed.asked).toEqual(['1.0', '1.5']);
  feed.answers(page('1.6'));
  expect((await next).value).toMatchObject({ cursor: '1.6' });
});

test('a wake-up that comes between looking and waiting is not lost', async () => {
  const next = stream.next();
  feed.grows();
  feed.answers(nothing('1.0'));
  await quiet();
  expect(feed.asked).toEqual(['1.0', '1.0']);
  feed.answers(page('1.1'));
  expect((await next).done).toBe(false);
});

test('a wake-up that never came hides an event for ten seconds at most', async () => {
  const next = stream.next();
  feed.answers(nothing('1.0'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(feed.asked).toEqual(['1.0', '1.0']);
  feed.answers(page('1.1'));
  expect((await next).done).toBe(false);
});

test('an empty page that is not the last is not waited over', async () => {
  const next = stream.next();
  feed.answers(page('1.5', 0, '1.9'));
  await quiet();
  expect(feed.asked).toEqual(['1.0', '1.5']);
  feed.answers(page('1.9'));
  await next;
});

test('a gap is told even though it holds no event', async () => {
  const next = stream.next();
  feed.answers({ ...nothing('2.0'), gap: { reason: 'RESTORED', resumeFrom: '2.0' } });
  expect((await next).value).toMatchObject({ gap: { resumeFrom: '2.0' } });
});

test('a page of null ends the stream, and it no longer listens', async () => {
  const next = stream.next();
  feed.answers(null);
  expect(await next).toEqual({ done: true, value: undefined });
  expect(feed.listeners.size).toBe(0);
  expect((await stream.next()).done).toBe(true);
});

test('return settles a next that waits for a wake-up, at once', async () => {
  const next = stream.next();
  feed.answers(nothing('1.0'));
  await quiet();
  expect(await stream.return()).toEqual({ done: true, value: undefined });
  expect(await next).toEqual({ done: true, value: undefined });
  expect(feed.listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('return settles a next that waits for the database, at once; what is read then is nobody’s', async () => {
  const next = stream.next();
  await stream.return();
  expect(await next).toEqual({ done: true, value: undefined });
  feed.fails(new Error('too late to matter'));
  await quiet();
  expect((await stream.next()).done).toBe(true);
});

test('a read that fails is heard by the reader, and the stream no longer listens', async () => {
  const next = stream.next();
  const failed = expect(next).rejects.toThrow('away');
  feed.fails(new Error('away'));
  await failed;
  expect(feed.listeners.size).toBe(0);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('throw ends the stream with the error', async () => {
  await expect(stream.throw(new Error('enough'))).rejects.toThrow('enough');
  expect(feed.listeners.size).toBe(0);
});
