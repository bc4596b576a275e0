import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a coordinator says of who can act on its cases. */
export class Hosting1764000000015 implements MigrationInterface {
  readonly name = 'Hosting1764000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(HOSTING);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const HOSTING = `
-- The version of the case at which its coordinator last said who can act: a later word counts, in whatever order they come.
ALTER TABLE triage_case ADD COLUMN hosting_version int NOT NULL DEFAULT 0;
GRANT DELETE ON party_fact TO tocsin_system;
INSERT INTO entry_kind VALUES ('HOSTING_DESCRIBED', 'triage_case', '{coordinator,reader}');`;
