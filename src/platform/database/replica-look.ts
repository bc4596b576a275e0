import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type pg from 'pg';

import { Denial } from '../errors.ts';
import type { Looking } from './looking.ts';
import type { Look, Prepared, Tx } from './tx.ts';
import { isUnavailable } from './unavailable.ts';

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

  query<Row extends pg.QueryResultRow>(statement: string | Prepared, values?: readonly unknown[]): Promise<Row[]> {
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

  /** A connection that does not answer is destroyed instead. */
  async rollback(): Promise<void> {
    if (!this.broken) await this.inTime(this.tx.rollback());
  }

  release(): Promise<void> {
    return this.tx.release();
  }

  private async heeding<Answer>(asked: Promise<Answer>): Promise<Answer> {
    try {
      return await this.inTime(asked);
    } catch (error) {
      if (!(error instanceof LookLost || isLoss(error))) throw error;
      this.looking.lost = true;
      throw error instanceof LookLost ? error : new LookLost('The replica has let go of a look.', { cause: error });
    }
  }

  private async inTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.broken = true;
        reject(new LookLost(`The replica did not answer within ${this.patienceMs} ms.`));
      }, this.patienceMs);
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function isLoss(error: unknown): boolean {
  if (error instanceof Denial) return false;
  const { code } = (error ?? {}) as { code?: unknown };
  return isUnavailable(error) || (typeof code === 'string' && code !== OUT_OF_TIME);
}
