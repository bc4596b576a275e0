import type pg from 'pg';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** Whether a connection keeps a statement: docs/decisions/0030-lists-are-planned-once.md. */
export type Kept = 'kept' | 'once';

/** One open transaction: the only handle to the database inside it. */
export interface Tx {
  /**
   * Rows of one statement. Statements given together travel together; they run in the order given. One that is `kept` is
   * read and planned once a connection: for texts of which there are few, that read by an index whatever their values.
   */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[], kept?: Kept): Promise<Row[]>;
  /** Rows as entities: `tail` is everything after FROM table AS t. */
  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values?: readonly unknown[],
  ): Promise<Entity[]>;
  readonly manager: EntityManager;
}
