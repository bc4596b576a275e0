import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Cases: what one coordinator decides about one resource. Only coordinators, and those they add, read them. */
export class Triage1764000000004 implements MigrationInterface {
  readonly name = 'Triage1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(POLICIES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
CREATE TABLE triage_case (
  id uuid PRIMARY KEY, coordinator_id uuid NOT NULL REFERENCES organisation, coordinator_name text NOT NULL,
  resource bytea NOT NULL, resource_kind text NOT NULL, value text NOT NULL,
  -- The name whose holders can act on it; null where no name says so.
  host text, list_version text NOT NULL,
  state text NOT NULL CHECK (state IN ('NEW', 'CONFIRMED', 'REFERRED', 'UNRESOLVED', 'WITHDRAWN')),
  basis text, assessment text NOT NULL DEFAULT 'UNKNOWN' CHECK (assessment IN ('MALICIOUSLY_REGISTERED', 'COMPROMISED',
    'PLATFORM_ACCOUNT', 'SHARED_INFRASTRUCTURE', 'ACCOUNT_TAKEN_OVER', 'FORGED', 'UNKNOWN')),
  opened_at timestamptz NOT NULL, due_at timestamptz NOT NULL, version int NOT NULL DEFAULT 1,
  -- Indicators that had joined by this version were decided on.
  confirmed_version int NOT NULL DEFAULT 0, UNIQUE (id, coordinator_id));
CREATE INDEX case_desk ON triage_case (coordinator_id, state, due_at, id);
CREATE INDEX case_list ON triage_case (coordinator_id, due_at, id);
CREATE UNIQUE INDEX case_open ON triage_case (coordinator_id, resource) WHERE state NOT IN ('UNRESOLVED', 'WITHDRAWN');
ALTER TABLE indicator ADD FOREIGN KEY (case_id, coordinator_id) REFERENCES triage_case (id, coordinator_id);

SELECT protect('{triage_case}');
SELECT log_changes('triage_case', 'id');
INSERT INTO entry_kind VALUES
  ('CASES_OPENED', 'triage_case', '{coordinator,reader}'), ('CASES_JOINED', 'triage_case', '{coordinator,reader}'),
  ('CASES_CONFIRMED', 'triage_case', '{coordinator,reader}'),
  ('CASES_ENDED', 'triage_case', '{coordinator,reader}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_triage_case(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT c.id, 'coordinator', c.coordinator_id FROM hub.triage_case c WHERE c.id = ANY (ids)
  UNION ALL SELECT c.id, 'reader', r.organisation_id FROM hub.triage_case c JOIN hub.reader r ON r.object_id = c.id WHERE c.id = ANY (ids) $$;`;

const POLICIES = `
CREATE POLICY read ON triage_case FOR SELECT TO tocsin_app USING (CASE WHEN coordinator_id = (SELECT me()) THEN true
  ELSE EXISTS (SELECT FROM reader r WHERE r.organisation_id = (SELECT me()) AND r.object_id = triage_case.id) END);
CREATE POLICY decide ON triage_case FOR UPDATE TO tocsin_app
  USING (coordinator_id = (SELECT me())) WITH CHECK (coordinator_id = (SELECT me()));
GRANT SELECT ON triage_case TO tocsin_app;
GRANT UPDATE (state, basis, assessment, confirmed_version, due_at, version) ON triage_case TO tocsin_app;`;
