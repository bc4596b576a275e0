import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Cohort, type CheckedPage } from '../../src/feed/cohort.ts';
import type { StreamedPage } from '../../src/feed/event-stream.ts';
import type { Viewer } from '../../src/platform/viewer.ts';

const viewer = (clientId: string): Viewer => ({ clientId }) as Viewer;
const [one, two, late] = [viewer('one'), viewer('two'), viewer('late')];
const page = (cursor: string, events = 1): StreamedPage => ({
  events: Array.from({ length: events }, () => ({})),
  cursor,
  head: cursor,
  gap: null,
});

interface Asked {
  readonly after: string;
  readonly clients: readonly string[];
  readonly answer: PromiseWithResolvers<CheckedPage<StreamedPage>>;
}
let asked: Asked[];
let grows: () => void;
let cohort: Cohort<StreamedPage>;
let leave: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  cohort = new Cohort({
    read: (after, viewers) => {
      const answer = Promise.withResolvers<CheckedPage<StreamedPage>>();
      asked.push({ after, clients: viewers.map(({ clientId }) => clientId), answer });
      return answer.promise;
    },
    onMore: (listener) => {
      grows = listener;
      return () => (grows = () => expect.unreachable('nobody listens any more'));
    },
  });
  leave = [one, two].map((each) => cohort.join(each, () => undefined));
});
afterEach(() => void vi.useRealTimers());

const answers = (n: number, cursor: string, events = 1, holding = ['one', 'two', 'late']): void =>
  asked[n]?.answer.resolve({ page: page(cursor, events), holding: new Set(holding) });
const places = (): string[] => asked.map(({ after }) => after);

test('whoever asks after the same cursor is given the same page, while it is read and afterwards', async () => {
  const first = cohort.read('1.0', one);
  const second = cohort.read('1.0', two);
  answers(0, '1.1');
  expect((await first).page).toBe((await second).page);
  expect((await cohort.read('1.0', two)).page).toBe((await first).page);
  expect(asked.map(({ clients }) => clients)).toEqual([['one', 'two']]);
});

test('each is told whether its own credential held in the snapshot of the page', async () => {
  const both = Promise.all([cohort.read('1.0', one), cohort.read('1.0', two)]);
  answers(0, '1.1', 1, ['two']);
  expect((await both).map(({ holds }) => holds)).toEqual([false, true]);
});

test('who joins while a page is read, and was not asked about in it, has it read again', async () => {
  void cohort.read('1.0', one);
  cohort.join(late, () => undefined);
  void cohort.read('1.0', late);
  expect(asked.map(({ clients }) => clients)).toEqual([
    ['one', 'two'],
    ['late', 'one', 'two'],
  ]);
});

test('who is behind reads for itself, and the others keep their page', async () => {
  const ahead = cohort.read('1.9', one);
  answers(0, '1.12', 3);
  await ahead;
  void cohort.read('1.5', two);
  expect(asked[1]).toMatchObject({ after: '1.5', clients: ['two'] });
  expect((await cohort.read('1.9', two)).page).toBe((await ahead).page);
  expect(places()).toEqual(['1.9', '1.5']);
});

test('numbers are compared as numbers, and a new generation is further on than any of them', async () => {
  void cohort.read('1.10', one);
  void cohort.read('1.9', two);
  void cohort.read('2.0', one);
  void cohort.read('2.0', two);
  expect(places()).toEqual(['1.10', '1.9', '2.0']);
});

test('who was woken since is not told that there was nothing', async () => {
  void cohort.read('1.0', one);
  grows();
  void cohort.read('1.0', two);
  answers(0, '1.0', 0);
  answers(1, '1.1');
  await vi.advanceTimersByTimeAsync(0);
  expect(places()).toEqual(['1.0', '1.0']);
  grows();
  // What holds events is good all the same, and she is told to look for the rest.
  expect(await cohort.read('1.0', two)).toMatchObject({ page: { cursor: '1.1' }, hasGrown: true });
  expect(places().length).toBe(2);
});

test('who shares a page learns that the feed has grown since its reading was begun, even while it was read', async () => {
  const first = cohort.read('1.0', one);
  answers(0, '1.1');
  expect(await first).toMatchObject({ hasGrown: false });
  const second = cohort.read('1.1', one);
  grows();
  answers(1, '1.2');
  expect(await second).toMatchObject({ hasGrown: true });
  const behind = cohort.read('1.0', two);
  answers(2, '1.2', 2);
  expect(await behind).toMatchObject({ hasGrown: false });
});

test('a page is not given after a second: what it says may have been erased', async () => {
  void cohort.read('1.0', one);
  answers(0, '1.1');
  await vi.advanceTimersByTimeAsync(999);
  void cohort.read('1.0', two);
  expect(places().length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  void cohort.read('1.0', two);
  expect(places().length).toBe(2);
});

test('a read that fails is heard by all who waited for it, and by nobody later', async () => {
  const both = Promise.allSettled([cohort.read('1.0', one), cohort.read('1.0', two)]);
  asked[0]?.answer.reject(new Error('away'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  void cohort.read('1.0', one);
  expect(places().length).toBe(2);
});

test('it listens as long as somebody is in it', () => {
  leave[0]?.();
  leave[0]?.();
  grows();
  expect(cohort.isEmpty).toBe(false);
  leave[1]?.();
  expect(cohort.isEmpty).toBe(true);
  expect(() => grows()).toThrow('nobody listens');
});
