import { expect, test, vi } from 'vitest';

import { RequestContext, type Resolvers } from '../../src/platform/api/context.ts';
import type { Transaction } from '../../src/platform/database/transaction.ts';
import type { Work } from '../../src/platform/database/work.ts';
import type { Viewer } from '../../src/platform/viewer.ts';

const viewer = { organisationId: 'mine' } as Viewer;
const look = { query: () => Promise.resolve([]) } as unknown as Transaction;

/** A context whose database is the test's. */
function contextOver(openRead: () => Promise<Transaction>) {
  const closeRead = vi.fn(() => Promise.resolve());
  const opened = vi.fn(openRead);
  const work = { openRead: opened, closeRead } as unknown as Work;
  return { opened, closeRead, context: new RequestContext(work, viewer, () => Promise.resolve(true), {} as Resolvers) };
}

test('all who ask during one operation share one look, closed once', async () => {
  const { context, opened, closeRead } = contextOver(() => Promise.resolve(look));
  expect(await Promise.all([context.read(), context.read()])).toEqual([look, look]);
  await Promise.all([context.endRead(), context.finish()]);
  expect(opened).toHaveBeenCalledTimes(1);
  expect(closeRead).toHaveBeenCalledTimes(1);
});

test('a look that is only being opened when its operation ends is closed as soon as it is open', async () => {
  const opening = Promise.withResolvers<Transaction>();
  const { context, closeRead } = contextOver(() => opening.promise);
  const reading = context.read();
  const finished = context.finish();
  expect(closeRead).not.toHaveBeenCalled();
  opening.resolve(look);
  await Promise.all([reading, finished]);
  expect(closeRead).toHaveBeenCalledWith(look);
});

test('a field that asks after its operation was answered opens nothing, which nobody would close', async () => {
  const { context, opened } = contextOver(() => Promise.resolve(look));
  await context.finish();
  await expect(context.read()).rejects.toThrow('answered');
  expect(opened).not.toHaveBeenCalled();
});

test('a change ends the look, and what is read after it is read anew', async () => {
  const { context, opened, closeRead } = contextOver(() => Promise.resolve(look));
  await context.read();
  await context.endRead();
  await context.read();
  await context.finish();
  expect(opened).toHaveBeenCalledTimes(2);
  expect(closeRead).toHaveBeenCalledTimes(2);
});

test('a look that could not be opened fails whoever asked for it, and not the end of the operation', async () => {
  const { context, closeRead } = contextOver(() => Promise.reject(new Error('away')));
  await expect(context.read()).rejects.toThrow('away');
  await context.finish();
  expect(closeRead).not.toHaveBeenCalled();
});
