import type { PostgresServer } from './postgres-server.ts';

/** What an experiment came to. `lost` and `repeated` must be 0. */
export interface Counts {
  /** Faults: processes killed, connections cut, servers restarted. */
  readonly injected: number;
  /** Mutations that a client was told are done. */
  readonly acknowledged: number;
  /** Acknowledged, or following from what was, and not there. */
  readonly lost: number;
  /** Done twice, or told twice to somebody who resumes. */
  readonly repeated: number;
  /** What else was seen, for people. */
  readonly seen: Readonly<Record<string, number | string>>;
}

/** The short form shows that an experiment works, in seconds; the long one has the counts that mean something. */
export interface Scale {
  readonly short: boolean;
  /** Acknowledged mutations, at least, where there is load. */
  readonly mutations: number;
}

export interface Experiment {
  readonly name: string;
  /** What is done, and what must be true afterwards. */
  readonly sentence: string;
  /** Throws where something is wrong that is neither lost nor repeated. */
  run(server: PostgresServer, scale: Scale): Promise<Counts>;
}

export const SHORT: Scale = { short: true, mutations: 100 };
export const LONG: Scale = { short: false, mutations: 1_000 };

/** An experiment has failed in a way that its counts do not say. */
export class Failed extends Error {
  override readonly name = 'Failed';
}

/** Throws unless it is so. */
export function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Failed(sentence);
}

/** Until it is so. A deadline far beyond what anything here takes: what hangs is a failure too. */
export async function until(
  sentence: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 120_000,
): Promise<void> {
  for (const last = Date.now() + withinMs; !(await holds());) {
    if (Date.now() > last) throw new Failed(`Waited ${withinMs / 1000} s in vain until ${sentence}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
