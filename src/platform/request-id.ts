import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const scope = new AsyncLocalStorage<string>();

/** Short, and of letters that no log, header or terminal reads as anything else. */
const SAFE = /^[\w.-]{8,64}$/;

/** What a proxy or a client calls its request, where that can be written down as it is; else a name of our own. */
export const requestIdFrom = (sent: unknown): string =>
  typeof sent === 'string' && SAFE.test(sent) ? sent : randomUUID();

/** Whatever is logged or fails in `work`, and in what it waits for, belongs to this request. */
export const inRequest = <Result>(id: string, work: () => Result): Result => scope.run(id, work);

/** Null: the hub works for nobody in particular. */
export const currentRequest = (): string | null => scope.getStore() ?? null;
