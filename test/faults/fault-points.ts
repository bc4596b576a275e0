import type pg from 'pg';

import { until } from './experiment.ts';
import type { Stand } from './stand.ts';

const LOCK = 4711;
const STOP = `
CREATE SCHEMA fault;
CREATE TABLE fault.point (name text PRIMARY KEY);
CREATE FUNCTION fault.stop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  IF EXISTS (SELECT FROM fault.point p WHERE p.name = TG_NAME) THEN PERFORM pg_advisory_xact_lock_shared(${LOCK}); END IF;
  RETURN NEW;
END $$;`;

/** Where a session of the hub can be made to stand still: the statement, as a trigger that the hub knows nothing of. */
export const POINTS = {
  submission: `AFTER INSERT ON ledger_inbox FOR EACH ROW WHEN (NEW.kind = 'REPORT_SUBMITTED')`,
  'submission in COMMIT': deferred('REPORT_SUBMITTED'),
  numbering: 'AFTER DELETE ON ledger_inbox FOR EACH STATEMENT',
  'numbering in COMMIT': 'BEFORE UPDATE OF size ON ledger_head FOR EACH ROW WHEN (NEW.size > OLD.size)',
  'the tree': 'BEFORE UPDATE OF size ON ledger_tree FOR EACH ROW WHEN (NEW.size > OLD.size)',
  'the checkpoint': 'BEFORE INSERT ON ledger_checkpoint FOR EACH ROW',
  admission: `AFTER INSERT ON ledger_inbox FOR EACH ROW WHEN (NEW.kind = 'CASES_OPENED')`,
  'the flow': 'AFTER UPDATE OF position ON follower FOR EACH ROW',
  'the flow in COMMIT': deferred('REFERRALS_ISSUED'),
  'an acknowledgement': `AFTER INSERT ON ledger_inbox FOR EACH ROW WHEN (NEW.kind = 'EVENTS_ACKNOWLEDGED')`,
  'an acknowledgement in COMMIT': deferred('EVENTS_ACKNOWLEDGED'),
  'an answer in COMMIT': deferred('ITEMS_ANSWERED'),
} as const;
export type Point = keyof typeof POINTS;

function deferred(kind: string): string {
  return `AFTER INSERT ON ledger_inbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = '${kind}')`;
}

/** Holds a session of the hub at a statement, so that its process can be killed at that very moment. */
export class FaultPoints {
  private constructor(
    private readonly stand: Stand,
    private readonly keeper: pg.Client,
  ) {}

  static async build(stand: Stand): Promise<FaultPoints> {
    await stand.rows(STOP);
    for (const [name, when] of Object.entries(POINTS)) {
      const constraint = when.includes('DEFERRABLE') ? 'CONSTRAINT' : '';
      await stand.rows(`CREATE ${constraint} TRIGGER "${name}" ${when} EXECUTE FUNCTION fault.stop()`);
    }
    return new FaultPoints(stand, await stand.connect());
  }

  /** Until a session of the hub stands there; its process ids. */
  async reached(point: Point): Promise<number[]> {
    await this.keeper.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await this.keeper.query('INSERT INTO fault.point VALUES ($1)', [point]);
    let pids: number[] = [];
    await until(`a session stands at ${point}`, async () => (pids = await this.standing()).length > 0);
    return pids;
  }

  /** What stands there goes on, or ends without having done it; waits until it is gone. */
  async opens(fate: 'DONE' | 'UNDONE', pids: readonly number[]): Promise<void> {
    if (fate === 'UNDONE')
      await this.keeper.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid', [pids]);
    await this.keeper.query('DELETE FROM fault.point');
    await this.keeper.query('SELECT pg_advisory_unlock_all()');
    await until('the sessions of the killed process are gone', async () => {
      const left = await this.keeper.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1)', [pids]);
      return left.rowCount === 0;
    });
  }

  end(): Promise<void> {
    return this.keeper.end();
  }

  private async standing(): Promise<number[]> {
    const { rows } = await this.keeper.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [LOCK],
    );
    return rows.map(({ pid }) => pid);
  }
}
