import type pg from 'pg';

import { Alarm } from '../platform/alarm.ts';
import { connectPipelined } from '../platform/database/connection.ts';
import type { Log } from '../platform/log.ts';
import { Fenced, sequenceBatch } from './sequence.ts';
import type { Signals } from './signals.ts';

/** How long a wake-up can be missed before the poll finds the entries; also how often a follower asks to lead. */
const POLL_MS = 100;
const RETRY_MS = 500;
const ADVISORY_KEY = 7104;
/**
 * A leader looks every 100 ms. One whose process stands still, its connection alive, would keep the lock and the hub
 * waiting for ever: PostgreSQL ends its session, and with it the lock.
 */
const FROZEN_AFTER = '10s';

/**
 * Leads if it can: one node of all numbers entries. The advisory lock spares two eager leaders the trouble; what
 * makes a second one harmless is the epoch, which each batch checks under the lock of `ledger_head`.
 */
export class Sequencer {
  private client: pg.Client | null = null;
  private epoch: string | null = null;
  private stopped = false;
  private readonly alarm = new Alarm();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly signals: Signals,
    private readonly log: Log,
    private readonly frozenAfter = FROZEN_AFTER,
  ) {}

  get leads(): boolean {
    return this.client !== null && this.epoch !== null;
  }

  /** The epoch in which this node leads; null while another does, or nobody. */
  get leadsInEpoch(): string | null {
    return this.leads ? this.epoch : null;
  }

  /** The process of PostgreSQL that numbers for this node. */
  get backend(): number | null {
    // Not in the types of pg: what BackendKeyData said (PostgreSQL's protocol, 54.7).
    return (this.client as { processID?: number } | null)?.processID ?? null;
  }

  start(): void {
    this.loop = this.run();
  }

  /** There may be something in the inbox. */
  wake(): void {
    this.alarm.ring();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.alarm.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (await this.lead()) await this.sequenceUntilEmpty();
        await this.alarm.wait(this.leads ? POLL_MS : RETRY_MS);
      } catch (error) {
        this.log.warn(
          { error: String(error) },
          error instanceof Fenced ? 'another leader took over' : 'sequencer lost its connection',
        );
        await this.disconnect();
        await this.alarm.wait(RETRY_MS);
      }
    }
    await this.disconnect();
  }

  private async sequenceUntilEmpty(): Promise<void> {
    while (this.client && this.epoch !== null) {
      const grown = await sequenceBatch(this.client, this.epoch);
      if (!grown) return;
      this.signals.grown(grown);
    }
  }

  /** Takes the lead when nobody has it: a new epoch ends every older leader at its next batch. */
  private async lead(): Promise<boolean> {
    if (this.leads) return true;
    const client = this.client ?? (await this.connect());
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [ADVISORY_KEY]);
    if (!rows[0]?.held) return false;
    const head = await client.query<{ epoch: string }>(
      'UPDATE ledger_head SET epoch = epoch + 1 WHERE log_id = 1 RETURNING epoch',
    );
    this.epoch = head.rows[0]?.epoch ?? null;
    this.log.info({ epoch: this.epoch }, 'this node numbers the ledger');
    return this.leads;
  }

  private async connect(): Promise<pg.Client> {
    const client = await connectPipelined(this.url, 'tocsin_sequencer');
    client.on('error', () => void this.disconnect(client));
    this.client = client;
    await client.query(`SET idle_session_timeout = '${this.frozenAfter}'`);
    return client;
  }

  private async disconnect(client = this.client): Promise<void> {
    // The end of an earlier connection says nothing about the one in use.
    if (client === null || client !== this.client) return;
    this.client = null;
    this.epoch = null;
    await client.end().catch(() => undefined);
  }
}
