import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operators have the words of an entry erased; the rows they stood in say so to whoever reads them. */
export class Erasure1764000000024 implements MigrationInterface {
  readonly name = 'Erasure1764000000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(ERASURE);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(ERASABLE);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const ERASURE = `
-- What operators asked to be erased. Done by the clock, in parts: an entry may list thousands of rows.
CREATE TABLE erasure (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation, entry_id uuid NOT NULL UNIQUE,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000), ordered_at timestamptz NOT NULL,
  -- Its rows are gone, and how much by now.
  started boolean NOT NULL DEFAULT false, entries int NOT NULL DEFAULT 0, rows int NOT NULL DEFAULT 0, done_at timestamptz);
CREATE INDEX erasure_due ON erasure (ordered_at) WHERE done_at IS NULL;
CREATE INDEX erasure_of ON erasure (organisation_id, id);
SELECT protect('{erasure}');
CREATE POLICY own ON erasure FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY order_one ON erasure FOR INSERT TO tocsin_app
  WITH CHECK (organisation_id = (SELECT me()) AND (SELECT i_am('OPERATOR')) );
GRANT SELECT, INSERT (id, organisation_id, entry_id, reason, ordered_at) ON erasure TO tocsin_app;
-- Words that are erased are not updated: what only served to route by them goes.
GRANT DELETE ON lookup TO tocsin_system;
INSERT INTO entry_kind VALUES
  ('ERASURE_ORDERED', 'organisation', '{self}'), ('ERASURE_DONE', 'organisation', '{self}'),
  ('ENTRIES_ERASED', 'organisation', '{self}'),
  ('REPORTS_ERASED', 'report', '{owner,reader}'), ('INDICATORS_ERASED', 'indicator', '{reporter,coordinator}'),
  ('CASES_ERASED', 'triage_case', '{coordinator,reader}'), ('QUESTIONS_ERASED', 'question', '{reporter,coordinator}'),
  ('REFERRALS_ERASED', 'referral', '{provider,coordinator}'), ('ITEMS_ERASED', 'inbox_item', '{provider,delegator}');
-- The rest are the hub's own.
UPDATE entry_kind SET writes = '{self}' WHERE kind = 'ERASURE_ORDERED';`;

const ERASABLE = `
-- For operators, who hear few entries themselves and read none by this: whether somebody that they registered has heard
-- an entry, and whether its words are still there.
CREATE FUNCTION erasable(entry uuid) RETURNS TABLE (kind text, erased boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT l.kind, p.body IS NULL FROM ledger l JOIN ledger_payload p ON p.entry_id = l.entry_id
   WHERE l.entry_id = entry AND i_am('OPERATOR') AND EXISTS (
     SELECT FROM organisation o JOIN feed f ON f.organisation_id = o.id AND f.entry_id = entry WHERE o.operator_id = me()) $$;
REVOKE ALL ON FUNCTION erasable FROM PUBLIC; GRANT EXECUTE ON FUNCTION erasable TO tocsin_app;`;
