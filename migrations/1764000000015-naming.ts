import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a coordinator says of who can act on its cases. */
export class Naming1764000000015 implements MigrationInterface {
  readonly name = 'Naming1764000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(NAMING);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const NAMING = `
-- The version of the case at which its coordinator last said who can act: a later word counts, in whatever order they come.
ALTER TABLE triage_case ADD COLUMN named_version int NOT NULL DEFAULT 0;
GRANT DELETE ON party_fact TO tocsin_system;
INSERT INTO entry_kind VALUES ('PARTIES_NAMED', 'triage_case', '{coordinator,reader}');`;
