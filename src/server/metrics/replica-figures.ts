import { Counter, Gauge, type Registry } from 'prom-client';

import { within } from '../../platform/within.ts';

/** What is measured of a replica. */
export interface MeasuredReplica {
  readonly looks: ReadonlyMap<string, number>;
  lag(): Promise<{ readonly bytes: number; readonly seconds: number }>;
}

/** Who answers looks, and how far the replica is behind. */
export class ReplicaFigures {
  private readonly looks: Counter<'by' | 'reason'>;
  private readonly bytes: Gauge;
  private readonly seconds: Gauge;

  constructor(
    private readonly replica: MeasuredReplica,
    registry: Registry,
  ) {
    const registers = [registry];
    const help = 'Looks at the database in the name of tenants, by who answered them and why';
    this.looks = new Counter({ name: 'tocsin_looks_total', help, labelNames: ['by', 'reason'], registers });
    const behind = 'What the primary has flushed and the replica has not replayed';
    this.bytes = new Gauge({ name: 'tocsin_replica_lag_bytes', help: behind, registers });
    const age = 'Age of the newest commit that the replica shows; 0 when it is level';
    this.seconds = new Gauge({ name: 'tocsin_replica_lag_seconds', help: age, registers });
  }

  /** NaN while it does not answer. */
  async show(withinMs: number): Promise<void> {
    const lag = await within(withinMs, this.replica.lag()).catch(() => null);
    this.bytes.set(lag?.bytes ?? NaN);
    this.seconds.set(lag?.seconds ?? NaN);
    this.looks.reset();
    for (const [reason, count] of this.replica.looks)
      this.looks.inc({ by: reason === 'level' ? 'replica' : 'primary', reason }, count);
  }
}
