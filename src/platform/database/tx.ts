import type pg from 'pg';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** One open transaction: the only handle to the database inside it. */
export interface Tx {
  /** Rows of one statement. Statements given together travel together; they run in the order given. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Rows as entities: `tail` is everything after FROM table AS t. */
  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values?: readonly unknown[],
  ): Promise<Entity[]>;
  readonly manager: EntityManager;
}
