import { OperationTypeNode } from 'graphql';

import { readBacklog, type Backlog } from '../ledger/progress.ts';
import { Denial } from '../platform/errors.ts';
import type { App } from '../app/create-app.ts';
import type { LoadLimits } from './limits/limits.ts';

/** The numbering catches up in about as long; a client that waits for as little loses little. */
const COME_AGAIN_S = 2;
/** How old what is known of the inbox may be, where changes are asked for. */
const LOOK_EVERY_MS = 250;

const BUSY = 'The hub has as many requests as it can answer in time: send it again, a change with the same key.';
const BEHIND = 'The hub has accepted more than it has numbered: send it again with the same idempotency key.';

/**
 * How much a node has taken on. What is more than it can do in time is refused at the door, before it has cost
 * anything: a queue without end would answer nobody in time, and whoever gave up waiting sends the same again.
 */
export class Load {
  private working = 0;
  private backlog: Backlog = { entries: 0, oldestSeconds: 0 };
  private lookedAt = -Infinity;

  constructor(
    private readonly app: Pick<App, 'pools' | 'work'>,
    private readonly limits: LoadLimits,
  ) {}

  /** Throws SERVICE_OVERLOADED where whatever came now would only wait. */
  check(): void {
    if (this.isFull(1)) throw overloaded(BUSY);
  }

  /**
   * The same for an operation of this kind. One that `entered` was let in before its body was read: as it has waited for
   * who asks, it is refused only where very many have done so.
   */
  checkOperation(kind: OperationTypeNode, entered: boolean): void {
    if (kind === OperationTypeNode.SUBSCRIPTION) return;
    if (this.isFull(entered ? 2 : 1)) throw overloaded(BUSY);
    if (kind === OperationTypeNode.MUTATION && this.isBehind()) throw overloaded(BEHIND);
  }

  /** Counts an operation, or finding out who asks, for as long as it takes. */
  async during<Answer>(work: () => Answer): Promise<Awaited<Answer>> {
    this.working += 1;
    try {
      return await work();
    } finally {
      this.working -= 1;
    }
  }

  private isFull(times: number): boolean {
    const { size, waiting } = this.app.pools().requests;
    const { forEachConnection, atLeast } = this.limits;
    const most = Math.max(size * forEachConnection, atLeast) * times;
    return this.working >= most || waiting >= most;
  }

  private isBehind(): boolean {
    if (performance.now() - this.lookedAt >= LOOK_EVERY_MS) this.look();
    const { entries, oldestSeconds } = this.backlog;
    return entries >= this.limits.inboxEntries || oldestSeconds >= this.limits.inboxSeconds;
  }

  /** Not waited for. Where it fails, what is known stays: a database that is away refuses by itself. */
  private look(): void {
    this.lookedAt = performance.now();
    this.app.work.readAsSystem(readBacklog).then(
      (backlog) => (this.backlog = backlog),
      () => undefined,
    );
  }
}

const overloaded = (message: string): Denial => new Denial('SERVICE_OVERLOADED', message, COME_AGAIN_S);
