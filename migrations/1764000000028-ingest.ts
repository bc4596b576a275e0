import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each submission asks of the ledger, with less to compare and nothing to plan again. */
export class Ingest1764000000028 implements MigrationInterface {
  readonly name = 'Ingest1764000000028';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(READERS_OF);
    await runner.query(APPEND);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const READERS_OF = `
-- As before. What nearly every entry is about has its statement here, so that a connection plans it once.
CREATE OR REPLACE FUNCTION readers_of(type text, ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$ BEGIN
  IF type = 'indicator' THEN
    RETURN QUERY SELECT r.id, r.class, r.organisation_id FROM readers_of_indicator(ids) r WHERE r.organisation_id IS NOT NULL;
  ELSIF type = 'report' THEN
    RETURN QUERY SELECT r.id, r.class, r.organisation_id FROM readers_of_report(ids) r WHERE r.organisation_id IS NOT NULL;
  ELSIF type = 'triage_case' THEN
    RETURN QUERY SELECT r.id, r.class, r.organisation_id FROM readers_of_triage_case(ids) r WHERE r.organisation_id IS NOT NULL;
  ELSE
    RETURN QUERY EXECUTE format('SELECT r.id, r.class, r.organisation_id FROM %I($1) r WHERE r.organisation_id IS NOT NULL',
      'readers_of_' || type) USING ids;
  END IF;
END $$;`;

const APPEND = `
-- All rows of an entry have the same readers where each reader of one of them reads all of them: counted reader by reader,
-- and not compared row by row. Its arrays are of any length, and one plan serves them all: to plan it took longer than to run it.
CREATE OR REPLACE FUNCTION ledger_append(ids uuid[], kinds text[], salts bytea[], bodies bytea[], subject_entry int[], subject_ids uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE appended int; lane text := CASE WHEN cardinality(subject_ids) > 200 THEN 'BULK' ELSE 'INTERACTIVE' END;
BEGIN
  -- First, so that the transaction has its number before it draws a ticket.
  INSERT INTO ledger_payload (entry_id, salt, body) SELECT * FROM unnest(ids, salts, bodies);
  -- No entry lists a row twice: the key of the table says so.
  INSERT INTO entry_subject (subject_id, entry_id) SELECT s.id, ids[s.entry] FROM unnest(subject_entry, subject_ids) s(entry, id);
  WITH subject AS (SELECT s.entry, s.id, k.subject_type, k.hears, k.writes
      FROM unnest(subject_entry, subject_ids) s(entry, id) JOIN entry_kind k ON k.kind = kinds[s.entry]),
    heard AS (SELECT t.subject_type, r.* FROM (SELECT subject_type, array_agg(DISTINCT subject.id) AS of FROM subject GROUP BY 1) t,
      LATERAL readers_of(t.subject_type, t.of) r),
    reader AS (SELECT s.entry, h.organisation_id, count(DISTINCT s.id) FILTER (WHERE h.class = ANY (s.hears)) AS heard,
        count(DISTINCT s.id) FILTER (WHERE h.class = ANY (s.writes)) AS written
      FROM subject s JOIN heard h ON h.subject_type = s.subject_type AND h.id = s.id GROUP BY 1, 2),
    entry AS (SELECT r.entry, array_agg(r.organisation_id ORDER BY r.organisation_id) FILTER (WHERE r.heard > 0) AS audience,
        bool_or(r.organisation_id = me() AND r.written = z.rows) AS mine
      FROM reader r JOIN (SELECT x.entry, count(*) AS rows FROM unnest(subject_entry) x(entry) GROUP BY 1) z ON z.entry = r.entry
     GROUP BY 1 HAVING max(r.heard) > 0 AND bool_and(r.heard IN (0, z.rows)))
  INSERT INTO ledger_inbox (entry_id, kind, lane, commitment, audience)
  SELECT ids[e.entry], kinds[e.entry], lane, sha256(salts[e.entry] || bodies[e.entry]), e.audience FROM entry e
   WHERE session_user = 'tocsin_system' OR e.mine AND me() = ANY (e.audience) ORDER BY e.entry;
  GET DIAGNOSTICS appended = ROW_COUNT;
  IF appended <> cardinality(ids) THEN
    RAISE EXCEPTION 'an entry of unknown kind, whose rows have no or not the same readers, or by one who does not write or hear it: %', kinds
      USING ERRCODE = 'HB002';
  END IF;
  -- What a tenant appends says of itself what the ledger says of it: who, what, and of which rows.
  IF session_user <> 'tocsin_system' AND (WITH e AS MATERIALIZED (
      SELECT e.entry, e.id = x.id AND e.kind = x.kind AND x.actor ->> 'id' = me()::text AS so, x.rows FROM unnest(ids, kinds, bodies) WITH ORDINALITY e(id, kind, body, entry),
        json_to_record(convert_from(e.body, 'UTF8')::json) x(id uuid, kind text, actor json, rows json))
    SELECT EXISTS (SELECT FROM e WHERE e.so IS NOT TRUE) OR EXISTS (
      SELECT FROM (SELECT e.entry, r.id FROM e, json_to_recordset(e.rows) r(id uuid)) said
        FULL JOIN unnest(subject_entry, subject_ids) listed(entry, id) ON listed.entry = said.entry AND listed.id = said.id
       WHERE said.id IS NULL OR listed.id IS NULL)) THEN
    RAISE EXCEPTION 'an entry that says of itself what it is not: %', kinds USING ERRCODE = 'HB004';
  END IF;
END $$;`;
