import type { Outcome } from '../ledger/follower.ts';
import { Alarm } from '../platform/alarm.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { endReviews, returnUnaccepted } from '../desk/clocks.flow.ts';
import { eraseDue } from '../retention/erasure.flow.ts';
import { forgetWhatIsOver } from '../retention/schedule.flow.ts';
import type { Keeping } from '../retention/schedule.ts';
import { ageClaims } from '../routing/claim-clock.flow.ts';
import { endRecoveries } from '../tenancy/recovery.flow.ts';
import { flow } from './flow.ts';

/** One thing that the hub does by itself when a time has come: at most 1,000 rows a transaction, 'more' where more are due. */
type Hand = (tx: Tx, now: Date) => Promise<Outcome>;

/** Kinds of entries to which the flow reacts. */
export const REACTING: readonly string[] = flow(systemClock).map(({ kind }) => kind);

/** Everything that happens because nobody said a word. Times are columns (`next_at`), not timers: a restart loses none. */
const HANDS: readonly Hand[] = [
  endReviews,
  returnUnaccepted,
  ageClaims,
  endRecoveries,
  (tx, now) => eraseDue(tx, now, REACTING),
];

/** Does all that is due by now. Any number of nodes may do so at once: rows that another one holds are passed over. */
export async function tick(work: Work, now: Date): Promise<void> {
  for (const hand of HANDS) while ((await work.asSystem((tx) => hand(tx, now))) === 'more');
}

/** Looks for what has been kept long enough. */
export async function forget(work: Work, now: Date, keeping: Keeping): Promise<void> {
  while ((await work.asSystem((tx) => forgetWhatIsOver(tx, now, keeping))) === 'more');
}

const EVERY_MS = 10_000;
/** What is counted in months need not be looked for more often. */
const FORGET_EVERY_MS = 3_600_000;

/** Ticks while the node runs. */
export class Ticker {
  private readonly alarm = new Alarm();
  private stopped = false;
  private forgotAt = 0;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly keeping: Keeping,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.alarm.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const now = this.clock.now();
        await tick(this.work, now);
        if (now.getTime() - this.forgotAt >= FORGET_EVERY_MS) {
          await forget(this.work, now, this.keeping);
          this.forgotAt = now.getTime();
        }
      } catch (error) {
        this.log.error({ error: String(error) }, 'what was due could not be done, and is tried again');
      }
      await this.alarm.wait(EVERY_MS);
    }
  }
}
