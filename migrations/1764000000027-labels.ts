import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Labels go where copies go, and what a source keeps to one coordinator is read by no other. */
export class Labels1764000000027 implements MigrationInterface {
  readonly name = 'Labels1764000000027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(READERS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
-- The case in whose company other coordinators read it: none, while its source keeps it to one. Reading follows from it alone.
ALTER TABLE indicator ADD COLUMN for_one_coordinator boolean NOT NULL DEFAULT false;
ALTER TABLE indicator ADD COLUMN shared_in uuid GENERATED ALWAYS AS (CASE WHEN for_one_coordinator THEN NULL ELSE case_id END) STORED;
GRANT INSERT (for_one_coordinator) ON indicator TO tocsin_app;
ALTER POLICY read ON indicator USING (CASE WHEN reporter_id = (SELECT me()) THEN true WHEN coordinator_id = (SELECT me()) THEN true
  ELSE EXISTS (SELECT FROM reader r WHERE r.organisation_id = (SELECT me()) AND r.object_id = shared_in AND r.capacity = 'CO_COORDINATOR') END);

-- Under which label it was sent. Of what was sent before labels went along, nobody can say it here.
ALTER TABLE referred_observable ADD COLUMN tlp text CHECK (tlp IN ('CLEAR', 'GREEN', 'AMBER', 'AMBER_STRICT', 'RED'));
ALTER TABLE delegated_observable ADD COLUMN tlp text CHECK (tlp IN ('CLEAR', 'GREEN', 'AMBER'));
GRANT SELECT (tlp) ON referred_observable TO tocsin_app;

-- A hand-over that does not happen.
INSERT INTO entry_kind VALUES ('CASES_KEPT', 'triage_case', '{coordinator}');`;

const READERS = `
CREATE OR REPLACE FUNCTION hub.readers_of_indicator(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT i.id, x.class, x.organisation_id FROM hub.indicator i,
              LATERAL (VALUES ('reporter', i.reporter_id), ('coordinator', i.coordinator_id)) x(class, organisation_id) WHERE i.id = ANY (ids)
  UNION ALL SELECT i.id, 'co_coordinator', r.organisation_id FROM hub.indicator i
              JOIN hub.reader r ON r.object_id = i.shared_in AND r.capacity = 'CO_COORDINATOR' WHERE i.id = ANY (ids) $$;

-- Which of these rows the same organisations hear of, by an entry of this kind. Who reads a row and does not hear it makes
-- no difference: or a reporter could tell from how its entries are parted that somebody else reads one of the cases.
CREATE FUNCTION hub.same_hearers(kind text, ids uuid[]) RETURNS TABLE (id uuid, circle bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT a.id, dense_rank() OVER (ORDER BY a.of) FROM (SELECT r.id, array_agg(DISTINCT r.organisation_id ORDER BY r.organisation_id) AS of
    FROM entry_kind k, LATERAL readers_of(k.subject_type, ids) r WHERE k.kind = same_hearers.kind AND r.class = ANY (k.hears) GROUP BY 1) a
   WHERE session_user = 'tocsin_system' OR me() = ANY (a.of) $$;
REVOKE ALL ON FUNCTION hub.same_hearers FROM PUBLIC; GRANT EXECUTE ON FUNCTION hub.same_hearers TO tocsin_app, tocsin_system;
DROP FUNCTION hub.same_readers;`;
