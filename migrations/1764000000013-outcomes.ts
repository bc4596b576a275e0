import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a reporter may know of an answer stands on its own rows; what a coordinator took back is an end of its own. */
export class Outcomes1764000000013 implements MigrationInterface {
  readonly name = 'Outcomes1764000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
ALTER TABLE indicator DROP CONSTRAINT indicator_outcome_check;
ALTER TABLE indicator ADD CONSTRAINT indicator_outcome_check CHECK (outcome IN ('HELD', 'RECEIVED', 'CONTEXT', 'IN_TRIAGE', 'CONFIRMED',
  'REFERRED', 'ACTED', 'MITIGATED', 'RESOLVED', 'REJECTED', 'WITHDRAWN', 'RETRACTED', 'ENDED'));
-- What stands on a resource in a report; and everything of a reporter, in the order in which outcomes are read from the start.
CREATE INDEX indicator_on_resource ON indicator (reporter_id, report_id, resource) WHERE resource IS NOT NULL;
CREATE INDEX indicator_of_reporter ON indicator (reporter_id, id);

-- Copied from the answers that came while the reporter was in the referral: an earlier answer was given to others.
ALTER TABLE responsibility ADD COLUMN acknowledged_at timestamptz, ADD COLUMN answered_at timestamptz, ADD COLUMN action text,
  ADD COLUMN acted_at timestamptz, ADD COLUMN decline_reason text, ADD COLUMN provider_reference text CHECK (length(provider_reference) <= 256);`;
