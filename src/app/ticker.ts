import type { Outcome } from '../ledger/follower.ts';
import { Alarm } from '../platform/alarm.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';

/** What is to be done because time has passed; takes what is due with SKIP LOCKED, so that every node may look. */
export type Due = (tx: Tx) => Promise<Outcome>;

const EVERY_MS = 30_000;

/** Looks now and then whether something is due. Instants are columns: nothing is lost with the process. */
export class Ticker {
  private readonly alarm = new Alarm();
  private stopped = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: Work,
    private readonly dues: readonly Due[],
    private readonly log: Log,
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
      for (const due of this.dues) await this.doAll(due);
      if (!this.stopped) await this.alarm.wait(EVERY_MS);
    }
  }

  private async doAll(due: Due): Promise<void> {
    try {
      while (!this.stopped && (await this.work.asSystem(due)) === 'more');
    } catch (error) {
      this.log.error({ error: String(error) }, 'what is due could not be done, and is tried again');
    }
  }
}
