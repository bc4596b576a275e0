import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What else a coordinator decides about a case, and every way in which one ends. */
export class Decisions1764000000008 implements MigrationInterface {
  readonly name = 'Decisions1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(CASES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const CASES = `
ALTER TABLE triage_case DROP CONSTRAINT triage_case_state_check;
ALTER TABLE triage_case ADD CONSTRAINT triage_case_state_check CHECK (state IN ('NEW', 'IN_TRIAGE', 'NEEDS_INFORMATION', 'CONFIRMED', 'REFERRED',
  'MITIGATED', 'RESOLVED', 'REJECTED', 'RETRACTED', 'UNRESOLVED', 'WITHDRAWN'));
DROP INDEX case_open;
CREATE UNIQUE INDEX case_open ON triage_case (coordinator_id, resource) WHERE state NOT IN ('RESOLVED', 'REJECTED', 'RETRACTED', 'UNRESOLVED', 'WITHDRAWN');
-- The coordinator's own ticket: it travels on everything that is made because of the case.
ALTER TABLE triage_case ADD COLUMN reference text CHECK (length(reference) <= 256);
GRANT UPDATE (reference) ON triage_case TO tocsin_app;
INSERT INTO entry_kind VALUES
  ('CASES_CLAIMED', 'triage_case', '{coordinator,reader}'), ('CASES_ASSESSED', 'triage_case', '{coordinator,reader}'),
  ('CASES_REJECTED', 'triage_case', '{coordinator,reader}'), ('CASES_MITIGATED', 'triage_case', '{coordinator,reader}'),
  ('CASES_RETRACTED', 'triage_case', '{coordinator,reader}');`;
