import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether a standby holds all that anybody can have been told: docs/decisions/0036-read-replicas.md. */
export class Replicas1764000000030 implements MigrationInterface {
  readonly name = 'Replicas1764000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const FUNCTIONS = `
-- How far the primary is: what is visible there is flushed, but where commits do not wait for that. The newest entry says
-- which ledger this is. No row while there is none.
CREATE FUNCTION primary_mark() RETURNS TABLE (lsn pg_lsn, timeline int, size bigint, leaf bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = hub, pg_temp AS $$ BEGIN
  RETURN QUERY SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END,
      ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int, h.size, l.leaf_hash
    FROM ledger_head h JOIN ledger l ON l.position = h.size - 1 WHERE h.log_id = 1;
END $$;
REVOKE EXECUTE ON FUNCTION primary_mark() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION primary_mark() TO tocsin_app;

-- Asked of a standby: LEVEL with such a mark, BEHIND it, or SEVERED from that primary: promoted, on another timeline, with
-- another ledger, or not following at all. BLIND: who asks may not know. The timeline comes last: it only grows, so that
-- what was replayed before was replayed on it or on one that it began from.
CREATE FUNCTION replica_standing(upto pg_lsn, of_timeline int, of_size bigint, of_leaf bytea) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE receiver int; follows int;
BEGIN
  IF NOT pg_is_in_recovery() THEN RETURN 'SEVERED'; END IF;
  IF (pg_last_wal_replay_lsn() >= upto) IS NOT TRUE THEN
    SELECT r.pid, r.received_tli INTO receiver, follows FROM pg_stat_wal_receiver r;
    IF receiver IS NOT NULL AND follows IS NULL THEN RETURN 'BLIND'; END IF;
    RETURN CASE follows WHEN of_timeline THEN 'BEHIND' ELSE 'SEVERED' END;
  END IF;
  IF NOT EXISTS (SELECT FROM ledger l WHERE l.position = of_size - 1 AND l.leaf_hash = of_leaf) THEN RETURN 'SEVERED'; END IF;
  SELECT r.pid, r.received_tli INTO receiver, follows FROM pg_stat_wal_receiver r;
  IF receiver IS NOT NULL AND follows IS NULL THEN RETURN 'BLIND'; END IF;
  RETURN CASE follows WHEN of_timeline THEN 'LEVEL' ELSE 'SEVERED' END;
END $$;
REVOKE EXECUTE ON FUNCTION replica_standing(pg_lsn, int, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION replica_standing(pg_lsn, int, bigint, bytea) TO tocsin_app;`;
