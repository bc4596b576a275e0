import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What else a coordinator decides about a case, every way in which one ends, who else reads it, and rules that decide. */
export class Decisions1764000000008 implements MigrationInterface {
  readonly name = 'Decisions1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(CASES);
    await runner.query(TABLES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(KINDS);
    await runner.query(POLICIES);
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
ALTER TABLE triage_case
  -- The coordinator's own ticket: it travels on everything that is made because of the case.
  ADD reference text CHECK (length(reference) <= 256),
  -- To whom it is on its way: nobody decides on it until it is there.
  ADD leaving_to uuid REFERENCES organisation,
  -- The rule that took it, and the version of the rules then; null when a person did.
  ADD rule text, ADD rule_version int;
CREATE INDEX case_of_rule ON triage_case (coordinator_id, rule) WHERE rule IS NOT NULL;
CREATE INDEX case_opened ON triage_case (coordinator_id, opened_at);
-- A case changes its coordinator together with what hangs under it, in several statements.
ALTER TABLE indicator ALTER CONSTRAINT indicator_case_id_coordinator_id_fkey DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE referral ALTER CONSTRAINT referral_case_id_coordinator_id_fkey DEFERRABLE INITIALLY IMMEDIATE;`;

const TABLES = `
-- Who works on a case, for the coordinator's own people; its id is the case's.
CREATE TABLE case_assignment (
  id uuid PRIMARY KEY, coordinator_id uuid NOT NULL, client uuid NOT NULL, member uuid, since timestamptz NOT NULL,
  FOREIGN KEY (id, coordinator_id) REFERENCES triage_case (id, coordinator_id));
CREATE INDEX case_assigned ON case_assignment (coordinator_id, client);

-- What a coordinator asks one reporter about what it reported; each reporter reads its own.
CREATE TABLE question (
  id uuid PRIMARY KEY, case_id uuid NOT NULL REFERENCES triage_case, coordinator_id uuid NOT NULL, coordinator_name text NOT NULL,
  report_id uuid NOT NULL, reporter_id uuid NOT NULL, resource_kind text NOT NULL, resource_value text NOT NULL,
  question text NOT NULL CHECK (length(question) BETWEEN 1 AND 2000), state text NOT NULL CHECK (state IN ('ASKED', 'ANSWERED', 'LAPSED')),
  answer text CHECK (length(answer) BETWEEN 1 AND 4000), asked_at timestamptz NOT NULL, answered_at timestamptz, version int NOT NULL DEFAULT 1,
  CHECK ((state = 'ANSWERED') = (answer IS NOT NULL)), FOREIGN KEY (report_id, reporter_id) REFERENCES report (id, owner_id));
CREATE INDEX question_report ON question (report_id, id);
CREATE INDEX question_case ON question (case_id, id);

-- Rules by which a coordinator lets the hub decide. A version is never changed, save that a rule of it is switched off.
CREATE TABLE triage_rule (
  organisation_id uuid NOT NULL REFERENCES organisation, version int NOT NULL, ord int NOT NULL, name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  state text NOT NULL CHECK (state IN ('ACTIVE', 'SWITCHED_OFF', 'REPLACED')),
  reporters uuid[] NOT NULL CHECK (cardinality(reporters) BETWEEN 1 AND 100), categories text[] NOT NULL CHECK (cardinality(categories) BETWEEN 1 AND 50),
  least_confidence smallint NOT NULL CHECK (least_confidence BETWEEN 0 AND 100), outcome text NOT NULL CHECK (outcome IN ('CONFIRM', 'FORWARD')),
  assessment text NOT NULL, requested_action text NOT NULL, legal_basis text NOT NULL, note text CHECK (length(note) <= 2000),
  act_within_hours int NOT NULL CHECK (act_within_hours BETWEEN 1 AND 720), since timestamptz NOT NULL, PRIMARY KEY (organisation_id, version, ord));
CREATE UNIQUE INDEX rule_name ON triage_rule (organisation_id, version, name);

SELECT protect('{case_assignment,question,triage_rule}');
SELECT log_changes('case_assignment', 'id'), log_changes('question', 'id'), log_changes('triage_rule', 'organisation_id');
GRANT DELETE ON case_assignment, reader TO tocsin_system;`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_question(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
  SELECT q.id, x.class, x.organisation_id FROM hub.question q,
    LATERAL (VALUES ('reporter', q.reporter_id), ('coordinator', q.coordinator_id)) x(class, organisation_id) WHERE q.id = ANY (ids) $$;`;

const KINDS = `
INSERT INTO entry_kind VALUES
  ('CASES_CLAIMED', 'triage_case', '{coordinator,reader}'), ('CASES_ASSESSED', 'triage_case', '{coordinator,reader}'),
  ('CASES_REJECTED', 'triage_case', '{coordinator,reader}'), ('CASES_MITIGATED', 'triage_case', '{coordinator,reader}'),
  ('CASES_RETRACTED', 'triage_case', '{coordinator,reader}'),
  ('CASES_ASKED', 'triage_case', '{coordinator,reader}'), ('CASES_INFORMED', 'triage_case', '{coordinator,reader}'),
  ('REPORTERS_ASKED', 'question', '{reporter,coordinator}'), ('REPORTERS_ANSWERED', 'question', '{reporter,coordinator}'),
  ('REPORTER_QUESTIONS_LAPSED', 'question', '{reporter,coordinator}'),
  ('CASES_SHARED', 'triage_case', '{coordinator,reader}'), ('CASES_UNSHARED', 'triage_case', '{coordinator,reader}'),
  ('READERS_ADDED', 'triage_case', '{coordinator,reader}'), ('READERS_REMOVED', 'triage_case', '{coordinator,reader}'),
  -- The old coordinator hears that it left, the new one that it came; the reporters and parties, who speaks to them now.
  ('CASES_LEFT', 'triage_case', '{coordinator,reader}'), ('CASES_TAKEN', 'triage_case', '{coordinator,reader}'),
  ('INDICATORS_TAKEN', 'indicator', '{coordinator}'), ('REFERRALS_TAKEN', 'referral', '{provider,coordinator}'),
  ('RESOURCES_TAKEN', 'report', '{owner}'),
  ('TRIAGE_RULES_SET', 'organisation', '{self}'), ('TRIAGE_RULES_SWITCHED_OFF', 'organisation', '{self}'),
  ('CASES_RULED', 'triage_case', '{coordinator,reader}');`;

const POLICIES = `
CREATE POLICY own ON case_assignment FOR SELECT TO tocsin_app USING (coordinator_id = (SELECT me()));
CREATE POLICY claim ON case_assignment FOR INSERT TO tocsin_app WITH CHECK (coordinator_id = (SELECT me()));
CREATE POLICY reclaim ON case_assignment FOR UPDATE TO tocsin_app USING (coordinator_id = (SELECT me())) WITH CHECK (coordinator_id = (SELECT me()));
CREATE POLICY read ON question FOR SELECT TO tocsin_app USING (CASE WHEN reporter_id = (SELECT me()) THEN true ELSE coordinator_id = (SELECT me()) END);
-- Only a reporter of the case is asked, about what it reported there.
CREATE POLICY ask ON question FOR INSERT TO tocsin_app WITH CHECK (coordinator_id = (SELECT me()) AND state = 'ASKED'
  AND EXISTS (SELECT FROM indicator i WHERE i.case_id = question.case_id AND i.report_id = question.report_id AND i.coordinator_id = (SELECT me())));
CREATE POLICY answer ON question FOR UPDATE TO tocsin_app USING (reporter_id = (SELECT me())) WITH CHECK (reporter_id = (SELECT me()) AND state = 'ANSWERED');
CREATE POLICY lapse ON question FOR UPDATE TO tocsin_app USING (coordinator_id = (SELECT me())) WITH CHECK (coordinator_id = (SELECT me()) AND state = 'LAPSED');
CREATE POLICY own ON triage_rule FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY set ON triage_rule FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()) AND state IN ('ACTIVE', 'SWITCHED_OFF'));
CREATE POLICY replace ON triage_rule FOR UPDATE TO tocsin_app USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()) AND state = 'REPLACED');
GRANT UPDATE (reference, leaving_to) ON triage_case TO tocsin_app;
GRANT SELECT ON case_assignment, question, triage_rule TO tocsin_app;
GRANT INSERT ON case_assignment TO tocsin_app;
GRANT UPDATE (client, member, since) ON case_assignment TO tocsin_app;
GRANT INSERT (id, case_id, coordinator_id, coordinator_name, report_id, reporter_id, resource_kind, resource_value, question, state, asked_at) ON question TO tocsin_app;
GRANT UPDATE (state, answer, answered_at, version) ON question TO tocsin_app;
GRANT INSERT ON triage_rule TO tocsin_app;
GRANT UPDATE (state) ON triage_rule TO tocsin_app;`;
