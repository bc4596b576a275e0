import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type pg from 'pg';

import { Denial } from '../../errors.ts';
import { within } from '../../within.ts';
import type { Looking } from './looking.ts';
import type { Asked, Look, Statement, Tx } from '../tx.ts';
import { isUnavailable } from '../unavailable.ts';

/** The replica has let go of a look: cancelled it for its recovery, gone away, or failed at it in any other way. */
export class LookLost extends Error {
  override readonly name = 'LookLost';
}

/** A statement was stopped at the end of its request's time (query_canceled): the primary would have no more of it. */
const OUT_OF_TIME = '57014';

/** For a statement, after which the replica is taken to stand still. */
const PATIENCE_MS = 5_000;

/** A look at a replica. Whatever PostgreSQL fails with there, the primary is asked. */
export class ReplicaLook implements Look {
  private broken = false;

  constructor(
    private readonly tx: Look,
    private readonly looking: Looking,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  get manager(): EntityManager {
    return this.tx.manager;
  }

  query<Row extends pg.QueryResultRow>(statement: string | Statement, values?: readonly unknown[]): Promise<Row[]> {
    return this.heeding(this.tx.query<Row>(statement, values));
  }

  send(...statement: Parameters<Tx['send']>): void {
    this.tx.send(...statement);
  }

  list<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    tail: string,
    values?: readonly unknown[],
  ): Promise<Entity[]> {
    return this.heeding(this.tx.list(entity, tail, values));
  }

  listAsked<Entity extends ObjectLiteral, Property extends keyof Entity & string = never>(
    entity: EntityTarget<Entity>,
    needed: readonly Property[],
    tail: string,
    values?: readonly unknown[],
  ): Promise<Asked<Entity, Property>[]> {
    return this.heeding(this.tx.listAsked(entity, needed, tail, values));
  }

  async rollback(): Promise<void> {
    if (!this.broken) await this.inTime(this.tx.rollback());
  }

  /** A connection that does not answer is destroyed: what it was asked may still begin, in this tenant's name. */
  release(): Promise<void> {
    return this.tx.release(this.broken);
  }

  private async heeding<Answer>(asked: Promise<Answer>): Promise<Answer> {
    try {
      return await this.inTime(asked);
    } catch (error) {
      if (!this.broken && !isLoss(error)) throw error;
      this.looking.lost = true;
      throw new LookLost('The replica has let go of a look.', { cause: error });
    }
  }

  private inTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
    return within(this.patienceMs, asked, () => (this.broken = true));
  }
}

function isLoss(error: unknown): boolean {
  if (error instanceof Denial) return false;
  const { code } = (error ?? {}) as { code?: unknown };
  return isUnavailable(error) || (typeof code === 'string' && code !== OUT_OF_TIME);
}
