import { Denial } from '../../platform/errors.ts';
import type { Bill } from './bill.ts';
import { Buckets } from './bucket.ts';
import type { RateLimits } from './limits.ts';

/** Who pays: a client, or everybody at an address who shows no credential. */
export interface Asker {
  readonly clientId: string | null;
  readonly address: string;
}

/** As every answer says it in `extensions.cost`. */
export interface CostExtension {
  readonly requested: number;
  readonly actual: number;
  readonly throttle: { readonly maximum: number; readonly available: number; readonly restoreRate: number };
}

/** An operation that was let in, and what it was let in for. */
export interface Charge {
  /** Pays by what came back: the first time less what was taken already. */
  settle(data: unknown): CostExtension;
}

/** How much each asker has left. In memory of this node: a limit that costs a write for each request is one itself. */
export class Meter {
  private readonly clients: Buckets;
  private readonly addresses: Buckets;

  constructor(
    private readonly limits: RateLimits,
    now?: () => number,
    /** Hears of points once they are paid for good. */
    private readonly paid: (points: number) => void = () => undefined,
  ) {
    this.clients = new Buckets(limits.client, now);
    this.addresses = new Buckets(limits.address, now);
  }

  /** Takes what the operation is reckoned to cost. RATE_LIMITED where that is not there. */
  charge(asker: Asker, bill: Bill, requested: number): Charge {
    this.take(asker, requested);
    const { buckets, key } = this.bucketOf(asker);
    let taken = requested;
    return {
      settle: (data) => {
        const actual = bill.actual(data);
        buckets.give(key, taken - actual);
        taken = 0;
        this.paid(actual);
        const available = Math.floor(buckets.available(key));
        return { requested, actual, throttle: { ...buckets.size, available } };
      },
    };
  }

  /** For what was refused: RATE_LIMITED for who is refused all the time. */
  fine(asker: Asker): void {
    this.pay(asker, this.limits.fine);
  }

  /** For what has a price of its own. */
  pay(asker: Asker, points: number): void {
    this.take(asker, points);
    this.paid(points);
  }

  private take(asker: Asker, points: number): void {
    const { buckets, key } = this.bucketOf(asker);
    const wait = buckets.take(key, points);
    if (wait !== null) throw tooMuch(wait);
  }

  private bucketOf({ clientId, address }: Asker): { buckets: Buckets; key: string } {
    return clientId === null ? { buckets: this.addresses, key: address } : { buckets: this.clients, key: clientId };
  }
}

const tooMuch = (seconds: number): Denial =>
  new Denial('RATE_LIMITED', `Too much was asked in too little time: ask again in ${seconds} s.`, seconds);
