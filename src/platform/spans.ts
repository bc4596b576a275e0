import { AsyncLocalStorage } from 'node:async_hooks';

import { Denial, Refusal } from './errors.ts';

/** Counts, and words of closed lists: what is told of a span leaves the hub, and nothing of a tenant's is ever in it. */
export type Attributes = Readonly<Record<string, string | number | readonly string[]>>;

/** A piece of the hub's own work, timed for whoever runs it. */
export interface Span {
  /** By which a line of the log is found beside it; null: it is not recorded. */
  readonly trace: string | null;
  set(attributes: Attributes): void;
  /** Something that was reached on the way. */
  reached(point: string): void;
  /** Not done, as it should be: why, by its code. */
  refused(code: string): void;
  /** Not done, by a fault of the hub or of what it stands on. */
  failed(code: string): void;
  end(): void;
}

/** What another program has said of the request that it passes on (W3C Trace Context), if it is one to believe. */
export interface Incoming {
  readonly traceparent: string | null;
}

/** Where spans go. */
export interface Recorder {
  begin(name: string, attributes: Attributes, parent: Span | Incoming | null): Span;
}

const nothing = (): void => undefined;
export const NO_SPAN: Span = {
  trace: null,
  set: nothing,
  reached: nothing,
  refused: nothing,
  failed: nothing,
  end: nothing,
};

let recorder: Recorder | null = null;
const scope = new AsyncLocalStorage<Span>();

/** From now on; null: to nowhere, as before the first call. */
export function recordSpans(to: Recorder | null): void {
  recorder = to;
}

export const areSpansRecorded = (): boolean => recorder !== null;

/** Of the work that waits for the one who asks. */
export const currentSpan = (): Span => (recorder && scope.getStore()) ?? NO_SPAN;

/** A span of its own or, where work is under way, part of it. Whoever begins it ends it; if not, it is never told. */
export const beginSpan = (name: string, attributes: Attributes = {}): Span =>
  recorder?.begin(name, attributes, scope.getStore() ?? null) ?? NO_SPAN;

/** As `beginSpan`, and nothing where no work is under way. */
export const beginPart = (name: string, attributes: Attributes = {}): Span =>
  recorder && scope.getStore() ? beginSpan(name, attributes) : NO_SPAN;

/** A span of this work; what is begun in it, and in what it waits for, is part of it. `incoming`: it came from outside. */
export function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<Result>,
  incoming?: Incoming,
): Promise<Result> {
  if (!recorder) return work(NO_SPAN);
  const span = recorder.begin(name, attributes, incoming ?? scope.getStore() ?? null);
  return scope.run(span, () => recorded(span, work));
}

async function recorded<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await work(span);
  } catch (error) {
    tellFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

const CODE = /^\w{3,40}$/;

/** By a code, or by the kind of error: what it says in words may name what is a tenant's. */
export function tellFailure(span: Span, error: unknown): void {
  if (error instanceof Refusal || error instanceof Denial) return span.refused(error.code);
  if (!(error instanceof Error)) return span.failed('Error');
  const { code } = error as { readonly code?: unknown };
  span.failed(typeof code === 'string' && CODE.test(code) ? code : error.name);
}
