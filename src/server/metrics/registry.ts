import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { Progress } from '../../ledger/progress.ts';
import type { Counters } from '../../platform/counters.ts';
import type { PoolUse } from '../../platform/database/pool.ts';
import { within } from '../../platform/within.ts';
import { ReplicaFigures, type MeasuredReplica } from './replica-figures.ts';

/** What is measured of a node. */
export interface Measured {
  readonly counters: Counters;
  readonly progress: { read(): Promise<Progress> };
  /** The pools of connections, by what they serve. */
  readonly pools: () => Readonly<Record<string, PoolUse>>;
  readonly sockets: () => number;
  /** Null: there is none. */
  readonly replica: MeasuredReplica | null;
}

/** A database that takes longer is shown as down: whoever scrapes has a timeout of its own, and would see nothing. */
const ASKED_FOR_MS = 3_000;

/**
 * A node's figures in the text format of Prometheus. Labels are names of the hub's own parts and codes of closed
 * lists; nothing of a tenant is in a name, a label or a value but as part of a sum over all of them.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly up = this.gauge('database_up', '1 when the database answered this scrape');
  private readonly inbox = this.gauge('inbox_entries', 'Entries that were committed and are not numbered yet');
  private readonly lag = this.gauge('sequencing_lag_seconds', 'Age of the oldest entry that is not numbered yet');
  private readonly behind = this.gauge('consumer_lag_entries', 'Entries that a consumer has before it', ['consumer']);
  private readonly age = this.gauge('checkpoint_age_seconds', 'Age of the newest signed checkpoint');
  private readonly aside = this.gauge('quarantined_entries', 'Entries that were set aside as their reaction failed');
  private readonly pool = this.gauge('pool_connections', 'Connections to the database', ['pool', 'state']);
  private readonly poolSize = this.gauge('pool_size', 'Most connections of a pool', ['pool']);
  private readonly waiting = this.gauge('pool_waiting', 'Requests that wait for a connection', ['pool']);
  private readonly sockets = this.gauge('sockets', 'Open WebSockets');
  private readonly streams = this.gauge('subscriptions', 'Open subscriptions');
  private readonly refusals = this.counter('refusals_total', 'Requests not done, by the code of the answer', ['code']);
  private readonly points = this.counter('cost_points_total', 'Cost points charged to all askers');

  private readonly replica: ReplicaFigures | null;

  constructor(private readonly measured: Measured) {
    collectDefaultMetrics({ register: this.registry });
    this.replica = measured.replica && new ReplicaFigures(measured.replica, this.registry);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Looks at everything anew. What only a database knows is NaN while it does not answer. */
  async scrape(): Promise<string> {
    const [progress] = await Promise.all([
      within(ASKED_FOR_MS, this.measured.progress.read()).catch(() => null),
      this.replica?.show(ASKED_FOR_MS),
    ]);
    this.showProgress(progress);
    this.showNode();
    return this.registry.metrics();
  }

  private showProgress(progress: Progress | null): void {
    this.up.set(progress ? 1 : 0);
    this.inbox.set(progress?.backlog.entries ?? NaN);
    this.lag.set(progress?.backlog.oldestSeconds ?? NaN);
    this.age.set(progress?.checkpointAgeSeconds ?? NaN);
    this.aside.set(progress?.quarantined ?? NaN);
    this.behind.reset();
    for (const [consumer, entries] of Object.entries(progress?.behind ?? {})) this.behind.set({ consumer }, entries);
  }

  private showNode(): void {
    const { counters, pools, sockets } = this.measured;
    for (const [pool, { inUse, idle, waiting, size }] of Object.entries(pools())) {
      this.pool.set({ pool, state: 'in_use' }, inUse);
      this.pool.set({ pool, state: 'idle' }, idle);
      this.poolSize.set({ pool }, size);
      this.waiting.set({ pool }, waiting);
    }
    this.sockets.set(sockets());
    this.streams.set(counters.subscriptions);
    this.refusals.reset();
    for (const [code, count] of counters.refusals) this.refusals.inc({ code }, count);
    this.points.reset();
    this.points.inc(counters.costPoints);
  }

  private gauge<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Gauge({ name: `tocsin_${name}`, help, labelNames, registers: [this.registry] });
  }

  private counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Counter({ name: `tocsin_${name}`, help, labelNames, registers: [this.registry] });
  }
}
