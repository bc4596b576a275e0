import type pg from 'pg';
import { expect, vi } from 'vitest';

import type { TestDatabase } from '../support/database.ts';
import { holder } from './ledger-world.ts';

const LOCK = 4711;
const GATE = `
CREATE TABLE gated (kind text PRIMARY KEY);
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub AS $$ BEGIN
  IF EXISTS (SELECT FROM gated g WHERE g.kind = NEW.kind) THEN PERFORM pg_advisory_xact_lock_shared(${LOCK}); END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON ledger_inbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate();`;

/**
 * Holds open whatever transaction has appended an entry of some kind: the hub's own, all of it done, waits in its COMMIT
 * until the gate opens.
 */
export class CommitGate {
  private constructor(
    private readonly database: TestDatabase,
    private readonly keeper: pg.Client,
  ) {}

  static async build(database: TestDatabase): Promise<CommitGate> {
    await database.admin(GATE);
    return new CommitGate(database, await holder(database));
  }

  async holds(kind: string): Promise<void> {
    await this.keeper.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await this.keeper.query('INSERT INTO gated VALUES ($1)', [kind]);
  }

  /** Until a transaction stands before it. */
  async reached(): Promise<void> {
    await vi.waitFor(
      async () => {
        const waiting = await this.database.admin(
          `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
          [LOCK],
        );
        expect(waiting).not.toEqual([]);
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  async opens(): Promise<void> {
    await this.keeper.query('DELETE FROM gated');
    await this.keeper.query('SELECT pg_advisory_unlock_all()');
  }

  end(): Promise<void> {
    return this.keeper.end();
  }
}
