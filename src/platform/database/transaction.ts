import type pg from 'pg';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';

import { outOfTime } from '../errors.ts';
import { list } from './rows.ts';
import { sentTogether } from './sent-together.ts';
import type { Look, Prepared } from './tx.ts';

/** What a transaction is opened with; both are settings of the transaction alone. */
export interface Opening {
  readonly begin: 'BEGIN' | 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  /** The tenant in whose name row-level security answers; null for the flow, which has policies of its own. */
  readonly organisationId: string | null;
  /** When it must be done (`performance.now()`): what is left of it is all the time that a statement has. */
  readonly until?: number | null;
  /** False in tests that look at row-level security alone: lists do not say who reads their rows. */
  readonly codeFence?: boolean;
  /** Asked of the connection before BEGIN; where it throws, the transaction is not opened. */
  readonly before?: (client: pg.PoolClient) => Promise<void>;
}

const ME = "SELECT set_config('tocsin.org', $1, true), set_config('statement_timeout', $2, true)";
/** `statement_timeout`, in milliseconds. */
const NO_END = 0;

/**
 * A transaction on one pooled connection. TypeORM's own would cost round trips, commits on dispose, and does not look
 * at what COMMIT answered; see docs/decisions/0003-unit-of-work.md.
 */
export class Transaction implements Look {
  /** From COMMIT or ROLLBACK on: the connection is about to be somebody else's. */
  private ended = false;
  /** What the first statement failed with whose answer nobody awaits: the later ones only say that they are too late. */
  private failure: Error | null = null;

  private constructor(
    private readonly runner: QueryRunner,
    private readonly client: pg.PoolClient,
    private readonly until: number | null,
    /** Who must be a reader of what is listed; null: nobody in particular. */
    private readonly reader: string | null,
  ) {}

  static async open(
    source: DataSource,
    { begin, organisationId, until = null, codeFence = true, before }: Opening,
  ): Promise<Transaction> {
    const runner = source.createQueryRunner();
    const client = (await runner.connect()) as pg.PoolClient;
    if (before)
      await before(client).catch((error: unknown) => giveBack(runner, client).then(() => Promise.reject(error)));
    // After the wait for a connection: who waited for so long is not waited for any more.
    const left = until === null ? NO_END : Math.max(1, Math.ceil(until - performance.now()));
    const opening = [sentTogether(client, begin)];
    if (organisationId !== null)
      opening.push(sentTogether(client, { name: 'me', text: ME, values: [organisationId, left] }));
    // Not awaited: if either fails, every later statement fails with it and COMMIT answers ROLLBACK.
    for (const statement of opening) statement.catch(() => undefined);
    // TypeORM must know, or its save() would begin and commit a transaction of its own inside ours.
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
    return new Transaction(runner, client, until, codeFence ? organisationId : null);
  }

  get manager(): EntityManager {
    this.assertOpen();
    return this.runner.manager;
  }

  async query<Row extends pg.QueryResultRow>(
    statement: string | Prepared,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    this.assertOpen();
    try {
      const result = await sentTogether<Row>(this.client, said(statement, values));
      return result.rows;
    } catch (error) {
      if (this.failure) throw this.failure;
      throw error;
    }
  }

  send(statement: string | Prepared, values: readonly unknown[] = []): void {
    this.assertOpen();
    sentTogether(this.client, said(statement, values)).catch((error: Error) => (this.failure ??= error));
  }

  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values: readonly unknown[] = [],
  ): Promise<Entity[]> {
    return list(this, entity, { tail, values, organisationId: this.reader });
  }

  /** Throws when PostgreSQL rolled back instead: a failed statement whose error nobody awaited must not look saved. */
  async commit(): Promise<void> {
    this.ended = true;
    const { command } = await sentTogether(this.client, 'COMMIT');
    if (command === 'COMMIT') return;
    throw this.failure ?? new Error('The transaction had failed before COMMIT; nothing was saved.');
  }

  async rollback(): Promise<void> {
    this.ended = true;
    await this.client.query('ROLLBACK');
  }

  /** Gives the connection back, or destroys it when it is not idle: a setting must never reach the next tenant. */
  async release(broken = false): Promise<void> {
    this.ended = true;
    Object.assign(this.runner, { isTransactionActive: false, transactionDepth: 0 });
    await giveBack(this.runner, this.client, broken);
  }

  /** Who still asks after the end, as a resolver does whose sibling failed, would ask in the next tenant's name. */
  private assertOpen(): void {
    if (this.until !== null && performance.now() > this.until) throw outOfTime();
    if (this.ended) throw new Error('The transaction has ended; its connection may be in use by another.');
  }
}

async function giveBack(runner: QueryRunner, client: pg.PoolClient, broken = false): Promise<void> {
  // A connection that broke in the meantime was released by its own error.
  if (runner.isReleased) return;
  // TypeORM listens for the client's errors and then destroys the connection: the one public way to make it do so.
  if (broken || client.getTransactionStatus() !== 'I')
    client.emit('error', new Error('Given back inside a transaction'));
  else await runner.release();
}

const said = (statement: string | Prepared, values: readonly unknown[]): pg.QueryConfig =>
  typeof statement === 'string' ? { text: statement, values: [...values] } : { ...statement, values: [...values] };
