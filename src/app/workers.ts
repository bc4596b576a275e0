import { Follower, type Recorded } from '../ledger/follower.ts';
import { tellOperators } from '../ledger/operators.ts';
import type { Signals } from '../ledger/signals.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import type { Keeping } from '../retention/schedule.ts';
import type { Lookup } from '../routing/lookup.ts';
import { Lookups } from '../routing/lookups.service.ts';
import { EntryQuarantined } from '../tenancy/organisation.facts.ts';
import { flow } from './flow.ts';
import { Ticker } from './tick.ts';

interface Workplace {
  readonly work: Work;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly log: Log;
  readonly lookup: Lookup | null;
  readonly documentation: boolean;
  readonly keeping: Keeping;
}

/** What a node does by itself: it reacts to the ledger in two lanes, looks at the clock, and asks the world where it may. */
export class Workers {
  /** Of entries to which the flow reacts. */
  readonly kinds: readonly string[];
  private readonly all: readonly { start(): void; stop(): Promise<void> }[];

  constructor({ work, clock, signals, log, lookup, documentation, keeping }: Workplace) {
    const onQuarantine = (tx: Tx, entry: Recorded) => alarm(tx, clock, entry);
    const reactions = flow(clock, { asksTheWorld: lookup !== null });
    this.kinds = reactions.map(({ kind }) => kind);
    this.all = [
      new Ticker(work, clock, log, keeping),
      ...(lookup ? [new Lookups(lookup, work, clock, { documentation, signals, log })] : []),
      new Follower('INTERACTIVE', reactions, work, signals, { log, onQuarantine }),
      new Follower('BULK', reactions, work, signals, { log, onQuarantine }),
    ];
  }

  start(): void {
    for (const worker of this.all) worker.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.stop()));
  }
}

/** An entry was set aside: every operator hears it in its own feed. */
function alarm(tx: Tx, clock: Clock, { entryId, kind }: Recorded): Promise<void> {
  return tellOperators(tx, clock.now(), EntryQuarantined, [{ entryId, kind }]);
}
