import { EventEmitter } from 'node:events';

import type { DataSource } from 'typeorm';

import type { Viewer } from '../viewer.ts';
import { Looking } from './replica/looking.ts';
import { LooksTogether } from './looks-together.ts';
import type { Replica } from './replica/replica.ts';
import { Transaction, type Opening } from './transaction.ts';
import type { Look, Tx } from './tx.ts';

const READ_ONLY = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/**
 * The unit of work. Every read and write of the hub happens inside one of these, and is in the name of a tenant or
 * of the flow; there is no third way to the database.
 */
export class Work {
  private readonly signals = new EventEmitter();
  private readonly looks: LooksTogether;

  constructor(
    private readonly app: DataSource,
    private readonly system: DataSource,
    /** Tests take the first fence down, to see the second one hold; a hub that is served has no way to. */
    private readonly codeFence = true,
    /** Asked instead of the primary for what tenants look at, where it is as far. */
    private readonly replica: Replica | null = null,
  ) {
    this.looks = new LooksTogether(app);
  }

  /** A change in the viewer's name: committed when it returns, undone when it throws. No network, no second `as`. */
  as<Result>(viewer: Viewer, change: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.write(this.app, viewer, change);
  }

  /** A change by the hub itself: the flow's reactions, and what an operator does on the machine. */
  asSystem<Result>(change: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.write(this.system, null, change);
  }

  /**
   * A change in the viewer's name that is tried and not kept: what it would give, or its refusal. Checks that COMMIT
   * would make are made before it is undone. Nobody hears of it.
   */
  async rehearse<Result>(viewer: Viewer, change: (tx: Tx) => Promise<Result>): Promise<Result> {
    const tx = await this.open(this.app, 'BEGIN', viewer);
    try {
      const result = await change(tx);
      await tx.query('SET CONSTRAINTS ALL IMMEDIATE');
      return result;
    } finally {
      await tx.rollback().catch(() => undefined);
      await tx.release();
    }
  }

  /** A look in the viewer's name: one snapshot, read only. */
  async read<Result>(viewer: Viewer, look: (tx: Tx) => Promise<Result>): Promise<Result> {
    const looking = new Looking();
    return looking.twice(async () => this.lookAt(await this.openRead(viewer, looking), look));
  }

  /** A look that a change rests on: at the primary, as the change. */
  async readForChange<Result>(viewer: Viewer, look: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.lookAt(await this.openRead(viewer, new Looking('change')), look);
  }

  /** A look that says all that it asks before it waits for an answer; those of one moment go together. */
  readAtOnce<Result>(viewer: Viewer, look: (tx: Tx) => Promise<Result>): Promise<Result> {
    if (this.replica) return this.read(viewer, look);
    return this.looks.take(this.openingOf(READ_ONLY, viewer), look);
  }

  /** A look by the hub itself, at what is public or about the hub; it wakes nobody. */
  async readAsSystem<Result>(look: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.lookAt(await this.open(this.system, READ_ONLY, null), look);
  }

  /** For a request whose resolvers share one look; whoever opens it closes it, and asks again where it was lost. */
  async openRead(viewer: Viewer, looking: Looking): Promise<Look> {
    const opening = { ...this.openingOf(READ_ONLY, viewer), asks: looking.asks };
    const look = await this.replica?.open(opening, looking);
    return look ?? Transaction.open(this.app, opening);
  }

  async closeRead(tx: Look): Promise<void> {
    // Nothing was changed that could be lost. A connection too broken to roll back is destroyed by `release`.
    await tx.rollback().catch(() => undefined);
    await tx.release();
  }

  /** Calls back after each commit of this process: the sequencer's first and cheapest wake-up. */
  onCommit(listener: () => void): void {
    this.signals.on('commit', listener);
  }

  private open(source: DataSource, begin: Opening['begin'], viewer: Viewer | null): Promise<Transaction> {
    return Transaction.open(source, this.openingOf(begin, viewer));
  }

  private openingOf(begin: Opening['begin'], viewer: Viewer | null): Opening {
    const { organisationId, until } = viewer ?? { organisationId: null };
    return { begin, organisationId, until: until ?? null, codeFence: this.codeFence };
  }

  private async lookAt<Result>(tx: Look, look: (tx: Tx) => Promise<Result>): Promise<Result> {
    try {
      return await look(tx);
    } finally {
      await this.closeRead(tx);
    }
  }

  private async write<Result>(
    source: DataSource,
    viewer: Viewer | null,
    change: (tx: Tx) => Promise<Result>,
  ): Promise<Result> {
    const tx = await this.open(source, 'BEGIN', viewer);
    try {
      const result = await change(tx);
      await tx.commit();
      this.signals.emit('commit');
      return result;
    } catch (error) {
      await tx.rollback(error).catch(() => undefined);
      throw error;
    } finally {
      await tx.release();
    }
  }
}
