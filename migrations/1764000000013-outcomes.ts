import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a reporter may know of an answer stands on its own rows; what a coordinator took back is an end of its own. */
export class Outcomes1764000000013 implements MigrationInterface {
  readonly name = 'Outcomes1764000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
    await runner.query(CORRECTIONS);
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

const CORRECTIONS = `
-- A line that its reporter or the coordinator took back stays where it was, so that places in the referral stay; it is shown no more.
ALTER TABLE referred_observable ADD COLUMN taken_back text CHECK (taken_back IN ('WITHDRAWN', 'RETRACTED'));
ALTER TABLE delegated_observable ADD COLUMN taken_back boolean NOT NULL DEFAULT false;
ALTER TABLE referral ADD COLUMN retract_reason text, ADD COLUMN correction text CHECK (length(correction) <= 2000),
  DROP CONSTRAINT referral_basis, ADD CONSTRAINT referral_basis CHECK (basis IS NULL OR state = 'CLOSED' AND basis IN ('CASE_ENDED', 'RESTORED', 'WITHDRAWN'));
GRANT SELECT (taken_back) ON referred_observable TO tocsin_app;
GRANT SELECT (retract_reason, correction) ON referral TO tocsin_app;
-- What was taken back waits for its undoing; the same case may be forwarded again beside it.
DROP INDEX referral_open;
CREATE UNIQUE INDEX referral_open ON referral (coordinator_id, case_id, item_id) WHERE state NOT IN ('CLOSED', 'RETRACTED');
INSERT INTO entry_kind VALUES
  ('INDICATORS_RETRACTED', 'indicator', '{reporter,coordinator}'),
  ('LINES_WITHDRAWN', 'referral', '{provider,coordinator}'), ('LINES_RETRACTED', 'referral', '{provider,coordinator}'),
  ('REFERRALS_RETRACTED', 'referral', '{provider,coordinator}'),
  ('ITEMS_RETRACTED', 'inbox_item', '{provider,delegator}'), ('ITEMS_REDUCED', 'inbox_item', '{provider,delegator}');`;
