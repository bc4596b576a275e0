import type { Anchor } from '../ledger/anchor.ts';
import { Follower, type Recorded } from '../ledger/follower.ts';
import { LogKeeper } from '../ledger/log-keeper.service.ts';
import { tellOperators } from '../ledger/operators.ts';
import type { Quorum } from '../ledger/quorum.ts';
import { Sequencer } from '../ledger/sequencer.ts';
import type { Signals } from '../ledger/signals.ts';
import type { KeyVault } from '../ledger/signing-key.ts';
import type { Clock } from '../platform/clock.ts';
import { urlOf, type DatabaseAddress } from '../platform/database/logins.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { BY_DEFAULT, type Keeping } from '../retention/schedule.ts';
import type { Lookup } from '../routing/lookup.ts';
import { Lookups } from '../routing/lookups.service.ts';
import { EntryQuarantined } from '../tenancy/organisation.facts.ts';
import { flow } from './flow.ts';
import { Ticker } from './tick.ts';

/** What the hub signs with, and what keeps it from signing two histories. */
export interface ProofOptions {
  readonly vault: KeyVault;
  readonly anchor: Anchor | null;
  readonly quorum?: Quorum | null;
  /** What a log is called that has no name yet. */
  readonly origin?: string | null;
  readonly checkpointEveryMs?: number;
}

interface Workplace {
  readonly database: DatabaseAddress;
  readonly work: Work;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly log: Log;
  readonly proof: ProofOptions;
  readonly lookup?: Lookup | null;
  readonly documentation: boolean;
  readonly keeping?: Keeping;
}

const CHECKPOINT_EVERY_MS = 1_000;

/**
 * What a node does by itself: where it leads it numbers and signs; it reacts to the ledger in two lanes, looks at the
 * clock, and asks the world where it may. Any number of nodes may: whoever holds the lock of a thing does it.
 */
export class Workers {
  private readonly sequencer: Sequencer;
  private readonly keeper: LogKeeper;
  private readonly others: readonly { start(): void; stop(): Promise<void> }[];

  constructor(place: Workplace) {
    const { database, work, clock, signals, log, lookup = null, documentation, keeping = BY_DEFAULT } = place;
    const url = urlOf('tocsin_ledger', database);
    this.sequencer = new Sequencer(url, signals, log);
    this.keeper = new LogKeeper(this.sequencer, signals, { url, ...notaryOf(place.proof), work, clock, log });
    // One lock for each lane: were every node woken by every batch, all but one would look in vain. The others look now
    // and then, and go on when the leader's flow does not.
    const whereItLeads: Pick<Signals, 'onLedger'> = {
      onLedger: (listener) => signals.onLedger(() => this.leads && listener()),
    };
    const onQuarantine = (tx: Tx, entry: Recorded) => alarm(tx, clock, entry);
    const reactions = flow(clock, { asksTheWorld: lookup !== null });
    this.others = [
      new Ticker(work, clock, log, keeping),
      ...(lookup ? [new Lookups(lookup, work, clock, { documentation, signals, log })] : []),
      new Follower('INTERACTIVE', reactions, work, whereItLeads, { log, onQuarantine }),
      new Follower('BULK', reactions, work, whereItLeads, { log, onQuarantine }),
    ];
  }

  /** Whether it is this node that numbers. */
  get leads(): boolean {
    return this.sequencer.leads;
  }

  /** The process of PostgreSQL that numbers for this node. */
  get backend(): number | null {
    return this.sequencer.backend;
  }

  /** There may be something to number. */
  wake(): void {
    this.sequencer.wake();
  }

  start(): void {
    for (const worker of [this.sequencer, this.keeper, ...this.others]) worker.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.others.map((worker) => worker.stop()));
    await this.keeper.stop();
    await this.sequencer.stop();
  }
}

const notaryOf = ({ vault, anchor, quorum = null, checkpointEveryMs = CHECKPOINT_EVERY_MS }: ProofOptions) => ({
  notary: { vault, anchor, quorum },
  checkpointEveryMs,
});

/** An entry was set aside: every operator hears it in its own feed. */
function alarm(tx: Tx, clock: Clock, { entryId, kind }: Recorded): Promise<void> {
  return tellOperators(tx, clock.now(), EntryQuarantined, [{ entryId, kind }]);
}
