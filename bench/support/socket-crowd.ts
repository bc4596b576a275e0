import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** Sockets of one organisation. */
export interface Batch {
  readonly url: string;
  /** Null: a bare socket, which is only sent to. */
  readonly key: string | null;
  readonly sockets: number;
  readonly variables: object;
  /** Whether the frames of the first of them are handed back. */
  readonly keep: boolean;
}

/** How many events each socket is to hear from now on; `afresh`: from whichever number on. */
export interface Expected {
  readonly events: number;
  readonly afresh: boolean;
}

/** What the crowd is told; answered by 'ready' when it is done. */
export interface Order {
  readonly open?: readonly Batch[];
  readonly expect?: Expected;
  /** The document that each socket subscribes with, and its batch's variables. */
  readonly subscribe?: string;
  readonly close?: true;
}

/** When the last socket had heard all that it was to (ns, the machine's monotonic clock), and what was wrong. */
export interface Heard {
  readonly at: string;
  readonly wrong: string | null;
  readonly frames: readonly (readonly string[])[];
}

/** From the root of the project, where npm runs. */
const PROGRAM = path.resolve('dist/bench/support/socket-clients.js');

/** Many clients in a process of their own. */
export class SocketCrowd {
  private readonly child: ChildProcess = fork(PROGRAM);
  private heardAll = Promise.withResolvers<Heard>();
  private ready = Promise.withResolvers<void>();

  constructor() {
    this.child.on('message', (message: Heard | 'ready') => {
      if (message === 'ready') this.ready.resolve();
      else this.heardAll.resolve(message);
    });
    this.child.once('exit', (code) => {
      const ended = new Error(`The clients ended with ${code}.`);
      for (const { promise, reject } of [this.heardAll, this.ready]) {
        promise.catch(() => undefined);
        reject(ended);
      }
    });
  }

  async told(order: Order): Promise<void> {
    if (order.expect) this.heardAll = Promise.withResolvers();
    this.ready = Promise.withResolvers();
    this.child.send(order);
    await this.ready.promise;
  }

  /** Since an instant, in seconds, until the last socket had heard everything; throws when one heard something else. */
  async secondsSince(start: bigint): Promise<{ seconds: number; frames: Heard['frames'] }> {
    const { at, wrong, frames } = await this.heardAll.promise;
    if (wrong !== null) throw new Error(`A socket did not hear each event once, in order: ${wrong}`);
    return { seconds: Number(BigInt(at) - start) / 1e9, frames };
  }

  async end(): Promise<void> {
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
