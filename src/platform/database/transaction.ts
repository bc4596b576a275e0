import pg from 'pg';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';

import { outOfTime } from '../errors.ts';
import { beginPart, NO_SPAN, tellFailure, type Span } from '../spans.ts';
import type { Login } from './logins.ts';
import { keptForFew } from './kept-statements.ts';
import { list } from './rows.ts';
import { sentTogether } from './sent-together.ts';
import type { Asked, Look, Statement } from './tx.ts';

/** What a transaction is opened with; both are settings of the transaction alone. */
export interface Opening {
  readonly begin: 'BEGIN' | 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  /** The tenant in whose name row-level security answers; null for the flow, which has policies of its own. */
  readonly organisationId: string | null;
  /** When it must be done (`performance.now()`): what is left of it is all the time that a statement has. */
  readonly until?: number | null;
  /** False in tests that look at row-level security alone: lists do not say who reads their rows. */
  readonly codeFence?: boolean;
  /** What the operation asks of entities; null: not known, and so all of them is read. */
  readonly asks?: Asks | null;
  /** Asked of the connection before BEGIN; where it throws, the transaction is not opened. */
  readonly before?: (client: pg.PoolClient) => Promise<void>;
}

/** Properties of an entity that an operation asks for; null: all. */
export type Asks = (entity: EntityTarget<ObjectLiteral>) => ReadonlySet<string> | null;

/** How entities are listed. */
interface Lists {
  /** Who must be a reader of what is listed; null: nobody in particular. */
  readonly reader: string | null;
  readonly asks: Asks | null;
}

/** In one message with BEGIN: PostgreSQL answers each message by itself, and each answer is a wake-up here. */
const inTheNameOf = (organisationId: string, milliseconds: number): string =>
  `; SET LOCAL tocsin.org = ${pg.escapeLiteral(organisationId)}; SET LOCAL statement_timeout = ${milliseconds}`;

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
    private readonly lists: Lists,
    private readonly span: Span,
  ) {}

  static async open(source: DataSource, opening: Opening): Promise<Transaction> {
    const runner = source.createQueryRunner();
    const span = beginPart('transaction', {
      'tocsin.login': (opening.organisationId === null ? 'tocsin_system' : 'tocsin_app') satisfies Login,
      'tocsin.work': opening.begin === 'BEGIN' ? 'change' : 'look',
    });
    const client = await connected(runner, span);
    await opening.before?.(client).catch((error: unknown) => {
      span.end();
      return Transaction.giveBack(runner, client).then(() => Promise.reject(error));
    });
    return Transaction.on(runner, client, opening, span);
  }

  /** On a connection that is the caller's: another may be opened on it as soon as the end of this one was sent. */
  static on(
    runner: QueryRunner,
    client: pg.PoolClient,
    { begin, organisationId, until = null, codeFence = true, asks = null }: Opening,
    span = NO_SPAN,
  ): Transaction {
    // After the wait for a connection: who waited for so long is not waited for any more.
    const left = until === null ? NO_END : Math.max(1, Math.ceil(until - performance.now()));
    const opening = organisationId === null ? begin : begin + inTheNameOf(organisationId, left);
    // Not awaited: if it fails, every later statement fails with it and COMMIT answers ROLLBACK.
    sentTogether(client, opening).catch(() => undefined);
    // TypeORM must know, or its save() would begin and commit a transaction of its own inside ours.
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
    return new Transaction(runner, client, until, { reader: codeFence ? organisationId : null, asks }, span);
  }

  get manager(): EntityManager {
    this.assertOpen();
    return this.runner.manager;
  }

  async query<Row extends pg.QueryResultRow>(
    statement: string | Statement,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    this.assertOpen();
    try {
      const result = await sentTogether<Row>(this.client, said(this.client, statement, values));
      return result.rows;
    } catch (error) {
      tellFailure(this.span, this.failure ?? error);
      if (this.failure) throw this.failure;
      throw error;
    }
  }

  send(statement: string | Statement, values: readonly unknown[] = []): void {
    this.assertOpen();
    sentTogether(this.client, said(this.client, statement, values)).catch((error: Error) => (this.failure ??= error));
  }

  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values: readonly unknown[] = [],
  ): Promise<Entity[]> {
    return list(this, entity, { tail, values, organisationId: this.lists.reader, properties: null });
  }

  listAsked<Entity extends ObjectLiteral, Property extends keyof Entity & string = never>(
    entity: EntityTarget<Entity>,
    needed: readonly Property[],
    tail: string,
    values: readonly unknown[] = [],
  ): Promise<Asked<Entity, Property>[]> {
    const asked = this.lists.asks?.(entity) ?? null;
    const properties = asked && new Set([...asked, ...needed]);
    return list(this, entity, { tail, values, organisationId: this.lists.reader, properties });
  }

  /** Throws when PostgreSQL rolled back instead: a failed statement whose error nobody awaited must not look saved. */
  async commit(): Promise<void> {
    this.ended = true;
    const { command } = await sentTogether(this.client, 'COMMIT');
    if (command === 'COMMIT') return this.span.reached('committed');
    throw this.failure ?? new Error('The transaction had failed before COMMIT; nothing was saved.');
  }

  async rollback(cause?: unknown): Promise<void> {
    this.ended = true;
    if (cause !== undefined) tellFailure(this.span, cause);
    await sentTogether(this.client, 'ROLLBACK');
  }

  /** Gives the connection back, or destroys it when it is not idle: a setting must never reach the next tenant. */
  release(broken = false): Promise<void> {
    this.ended = true;
    this.span.end();
    return Transaction.giveBack(this.runner, this.client, broken);
  }

  /** The same, of a connection on which there were several. */
  static async giveBack(runner: QueryRunner, client: pg.PoolClient, broken = false): Promise<void> {
    Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
    // A connection that broke in the meantime was released by its own error.
    if (runner.isReleased) return;
    // TypeORM listens for the client's errors and then destroys the connection: the one public way to make it do so.
    if (broken || client.getTransactionStatus() !== 'I')
      client.emit('error', new Error('Given back inside a transaction'));
    else await runner.release();
  }

  /** Who still asks after the end, as a resolver does whose sibling failed, would ask in the next tenant's name. */
  private assertOpen(): void {
    if (this.until !== null && performance.now() > this.until) throw outOfTime();
    if (this.ended) throw new Error('The transaction has ended; its connection may be in use by another.');
  }
}

function said(client: pg.PoolClient, statement: string | Statement, values: readonly unknown[]): pg.QueryConfig {
  if (typeof statement !== 'string') return { ...statement, values: [...values] };
  return { text: statement, ...keptForFew(client, statement, values), values: [...values] };
}

/** The span begins with the wait for a connection. */
async function connected(runner: QueryRunner, span: Span): Promise<pg.PoolClient> {
  try {
    const client = (await runner.connect()) as pg.PoolClient;
    span.reached('connected');
    return client;
  } catch (error) {
    tellFailure(span, error);
    span.end();
    throw error;
  }
}
