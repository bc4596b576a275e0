import type pg from 'pg';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** A statement that PostgreSQL reads and plans once a connection; its name is for no other text. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** A statement and how it is to be asked. */
export interface Statement {
  readonly text: string;
  /** Of a prepared one. */
  readonly name?: string;
  /** Rows as their values in the order of the columns, instead of as objects. */
  readonly rowMode?: 'array';
}

/** Of an entity its id and what else was read of it for sure; the rest is there where the operation asks for it. */
export type Asked<Entity, Property extends keyof Entity = never> = Pick<Entity, Property | Extract<keyof Entity, 'id'>>;

/** One open transaction: the only handle to the database inside it. */
export interface Tx {
  /** Rows of one statement. Statements given together travel together; they run in the order given. */
  query<Row extends pg.QueryResultRow>(statement: string | Statement, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * A statement whose answer nobody needs: it travels with the one after it, at the latest with COMMIT. What it fails
   * with is what that one fails with, and so does the transaction.
   */
  send(statement: string | Statement, values?: readonly unknown[]): void;
  /** Rows as entities: `tail` is everything after FROM table AS t. */
  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values?: readonly unknown[],
  ): Promise<Entity[]>;
  /**
   * The same for fields of the API: of each row no more is read than the operation asks of its type, its key, and what
   * is `needed` by who lists it.
   */
  listAsked<Entity extends ObjectLiteral, Property extends keyof Entity & string = never>(
    entity: EntityTarget<Entity>,
    needed: readonly Property[],
    tail: string,
    values?: readonly unknown[],
  ): Promise<Asked<Entity, Property>[]>;
  readonly manager: EntityManager;
}

/** An open transaction that only looks; whoever opened it ends it. */
export interface Look extends Tx {
  rollback(): Promise<void>;
  /** Gives the connection back; destroys one that is broken. */
  release(broken?: boolean): Promise<void>;
}
