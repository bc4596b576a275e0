import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a report was imported from. */
export class Import1764000000011 implements MigrationInterface {
  readonly name = 'Import1764000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(`
ALTER TABLE report
  ADD COLUMN source_format text CHECK (source_format IN ('STIX', 'MISP')),
  ADD COLUMN source_id text CHECK (length(source_id) <= 256),
  ADD CHECK ((source_format IS NULL) = (source_id IS NULL));
-- Not unique: one document gives a report for each of its labels, and another once the first was withdrawn.
CREATE INDEX report_source ON report (owner_id, source_id, id DESC) WHERE source_id IS NOT NULL;
GRANT INSERT (source_format, source_id) ON report TO tocsin_app;`);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}
