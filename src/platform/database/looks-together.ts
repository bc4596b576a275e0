import type pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

import { Transaction, type Opening } from './transaction.ts';
import type { Tx } from './tx.ts';

/** More at once would take the processor from the program that is to pass on what they find. */
const MOST_CONNECTIONS = 4;

interface Waiting {
  /** Says all that the look asks, and its end. */
  readonly say: (runner: QueryRunner, client: pg.PoolClient) => Promise<unknown>;
  readonly fail: (error: unknown) => void;
}

/**
 * Looks of one moment, as when a hundred feeds grow. Each is a transaction of its own in its own tenant's name, but on
 * few connections: one begins on the wire where the one before it ends, and none waits for another's answer.
 */
export class LooksTogether {
  private waiting: Waiting[] = [];

  constructor(private readonly source: DataSource) {}

  /** A look must say all that it asks before it waits for an answer: what it says later fails. */
  take<Result>(opening: Opening, look: (tx: Tx) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const say = (runner: QueryRunner, client: pg.PoolClient): Promise<unknown> => {
        const tx = Transaction.on(runner, client, opening);
        const seen = look(tx);
        seen.then(resolve, reject);
        // Nothing was changed that could be lost; whether the connection is clean is looked at when it is given back.
        return Promise.allSettled([seen, tx.rollback()]);
      };
      this.waiting.push({ say, fail: reject });
      // After the promises that are due: they are what asks for the rest.
      if (this.waiting.length === 1) process.nextTick(() => this.send());
    });
  }

  private send(): void {
    const { waiting } = this;
    this.waiting = [];
    const each = Math.ceil(waiting.length / MOST_CONNECTIONS);
    for (let from = 0; from < waiting.length; from += each) void this.sendOnOne(waiting.slice(from, from + each));
  }

  private async sendOnOne(looks: readonly Waiting[]): Promise<void> {
    try {
      const runner = this.source.createQueryRunner();
      const client = (await runner.connect()) as pg.PoolClient;
      try {
        await Promise.all(looks.map(({ say }) => say(runner, client)));
      } finally {
        await Transaction.giveBack(runner, client);
      }
    } catch (error) {
      for (const { fail } of looks) fail(error);
    }
  }
}
