import type pg from 'pg';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** A statement that PostgreSQL reads and plans once a connection; its name is for no other text. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** One open transaction: the only handle to the database inside it. */
export interface Tx {
  /** Rows of one statement. Statements given together travel together; they run in the order given. */
  query<Row extends pg.QueryResultRow>(statement: string | Prepared, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * A statement whose answer nobody needs: it travels with the one after it, at the latest with COMMIT. What it fails
   * with is what that one fails with, and so does the transaction.
   */
  send(statement: string | Prepared, values?: readonly unknown[]): void;
  /** Rows as entities: `tail` is everything after FROM table AS t. */
  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values?: readonly unknown[],
  ): Promise<Entity[]>;
  readonly manager: EntityManager;
}

/** An open transaction that only looks; whoever opened it ends it. */
export interface Look extends Tx {
  rollback(): Promise<void>;
  /** Gives the connection back; destroys one that is broken. */
  release(broken?: boolean): Promise<void>;
}
