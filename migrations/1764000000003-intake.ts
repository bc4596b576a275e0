import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reports, the indicators in them, and the readiness rows that say who was told of what. */
export class Intake1764000000003 implements MigrationInterface {
  readonly name = 'Intake1764000000003';

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
CREATE TABLE report (
  id uuid PRIMARY KEY, owner_id uuid NOT NULL REFERENCES organisation, owner_name text NOT NULL, external_id text CHECK (length(external_id) <= 256),
  content_hash bytea NOT NULL,
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300), narrative text CHECK (length(narrative) <= 65536),
  threat_actors text[] NOT NULL DEFAULT '{}', targets text[] NOT NULL DEFAULT '{}',
  tlp text NOT NULL CHECK (tlp IN ('CLEAR', 'GREEN', 'AMBER', 'AMBER_STRICT', 'RED')),
  pap text CHECK (pap IN ('CLEAR', 'GREEN', 'AMBER', 'RED')),
  tell text NOT NULL CHECK (tell IN ('RESPONSIBLE_PARTIES', 'ASK_ME', 'COORDINATOR_ONLY')),
  attribution boolean NOT NULL DEFAULT false,
  coordinator_id uuid NOT NULL REFERENCES organisation,
  state text NOT NULL CHECK (state IN ('RECEIVING', 'SEALED', 'PUBLISHED', 'WITHDRAWN')),
  next_ord int NOT NULL DEFAULT 0, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL, sealed_at timestamptz, UNIQUE (id, owner_id));
CREATE INDEX report_desk ON report (owner_id, id DESC);
CREATE UNIQUE INDEX report_external ON report (owner_id, external_id);

CREATE TABLE indicator (
  id uuid PRIMARY KEY, report_id uuid NOT NULL, reporter_id uuid NOT NULL, coordinator_id uuid, case_id uuid,
  -- The version of the case when it joined: a decision on an earlier version is not one on this indicator.
  case_version int, ord int NOT NULL,
  type text NOT NULL, value text NOT NULL, resource bytea, resource_kind text, resource_value text, list_version text NOT NULL,
  category text NOT NULL, confidence smallint CHECK (confidence BETWEEN 0 AND 100),
  first_seen timestamptz, last_seen timestamptz, comment text CHECK (length(comment) <= 2000),
  external_id text CHECK (length(external_id) <= 256), content_hash bytea NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('HELD', 'RECEIVED', 'CONTEXT', 'IN_TRIAGE', 'CONFIRMED', 'REFERRED', 'ACTED', 'WITHDRAWN', 'ENDED')),
  consents boolean NOT NULL, version int NOT NULL DEFAULT 1,
  CHECK ((resource IS NULL) = (resource_kind IS NULL) AND (resource IS NULL) = (resource_value IS NULL)),
  CHECK ((case_id IS NULL) = (coordinator_id IS NULL)),
  -- Composite: referential checks look past row-level security.
  FOREIGN KEY (report_id, reporter_id) REFERENCES report (id, owner_id));
CREATE UNIQUE INDEX indicator_ord ON indicator (reporter_id, report_id, ord);
CREATE INDEX indicator_of_report ON indicator (report_id, ord);
CREATE INDEX indicator_to_admit ON indicator (report_id, ord) WHERE outcome = 'RECEIVED';
CREATE INDEX indicator_case ON indicator (case_id, id);
CREATE UNIQUE INDEX indicator_external ON indicator (reporter_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX indicator_once ON indicator (reporter_id, report_id, value, type, category);

-- Who was told of what: one row per report, resource and role, kept and not computed. Role '*': parties not known yet.
CREATE TABLE responsibility (
  report_id uuid NOT NULL, resource bytea NOT NULL, role text NOT NULL, reporter_id uuid NOT NULL, coordinator_id uuid,
  resource_kind text NOT NULL, resource_value text NOT NULL, party text, party_id uuid, referral_id uuid,
  state text NOT NULL CHECK (state IN ('NOT_TOLD', 'STAYED', 'TOLD', 'ACKNOWLEDGED', 'ACTED_ON_WORD', 'DOWN', 'NO_PARTY', 'NOT_APPLICABLE')),
  reason text, told_at timestamptz, since timestamptz NOT NULL,
  PRIMARY KEY (reporter_id, report_id, resource, role), FOREIGN KEY (report_id, reporter_id) REFERENCES report (id, owner_id));
CREATE INDEX responsibility_gate ON responsibility (report_id, state, told_at) INCLUDE (reporter_id, coordinator_id);
CREATE INDEX responsibility_referral ON responsibility (referral_id) WHERE referral_id IS NOT NULL;
CREATE INDEX responsibility_resource ON responsibility (resource, report_id);

SELECT protect('{report,indicator,responsibility}');
SELECT log_changes('report', 'id'), log_changes('indicator', 'id'), log_changes('responsibility', 'report_id');
GRANT DELETE ON responsibility TO tocsin_system;
INSERT INTO entry_kind VALUES
  ('REPORT_SUBMITTED', 'report', '{owner}'), ('REPORT_EXTENDED', 'report', '{owner}'), ('REPORT_SEALED', 'report', '{owner}'),
  ('REPORT_WITHDRAWN', 'report', '{owner,reader}'), ('TELLING_ALLOWED', 'report', '{owner,reader}'),
  ('REPORT_SHARED', 'report', '{owner,reader}'), ('RESPONSIBILITIES_CHANGED', 'report', '{owner}'),
  ('INDICATORS_ACCEPTED', 'indicator', '{reporter}'),
  ('INDICATORS_CHANGED', 'indicator', '{reporter,coordinator}'), ('INDICATORS_WITHDRAWN', 'indicator', '{reporter,coordinator}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_report(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT r.id, 'owner', r.owner_id FROM hub.report r WHERE r.id = ANY (ids)
  UNION ALL SELECT p.id, 'reader', r.organisation_id FROM hub.report p JOIN hub.reader r ON r.object_id = p.id WHERE p.id = ANY (ids) $$;
CREATE FUNCTION readers_of_indicator(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT i.id, x.class, x.organisation_id FROM hub.indicator i,
              LATERAL (VALUES ('reporter', i.reporter_id), ('coordinator', i.coordinator_id)) x(class, organisation_id) WHERE i.id = ANY (ids)
  UNION ALL SELECT i.id, 'coordinator', r.organisation_id FROM hub.indicator i
              JOIN hub.reader r ON r.object_id = i.case_id AND r.capacity = 'CO_COORDINATOR' WHERE i.id = ANY (ids) $$;`;

const POLICIES = `
-- CASE and not OR: with OR the planner takes a BitmapOr and pages get 15 to 40 times slower. (SELECT me()): once a query.
CREATE POLICY read ON report FOR SELECT TO tocsin_app USING (CASE WHEN owner_id = (SELECT me()) THEN true
  ELSE EXISTS (SELECT FROM reader r WHERE r.organisation_id = (SELECT me()) AND r.object_id = report.id) END);
CREATE POLICY submit ON report FOR INSERT TO tocsin_app WITH CHECK (owner_id = (SELECT me()));
CREATE POLICY own ON report FOR UPDATE TO tocsin_app USING (owner_id = (SELECT me())) WITH CHECK (owner_id = (SELECT me()));
CREATE POLICY read ON indicator FOR SELECT TO tocsin_app USING (CASE WHEN reporter_id = (SELECT me()) THEN true WHEN coordinator_id = (SELECT me()) THEN true
  ELSE EXISTS (SELECT FROM reader r WHERE r.organisation_id = (SELECT me()) AND r.object_id = indicator.case_id AND r.capacity = 'CO_COORDINATOR') END);
CREATE POLICY submit ON indicator FOR INSERT TO tocsin_app WITH CHECK (reporter_id = (SELECT me()) AND case_id IS NULL AND coordinator_id IS NULL
  AND outcome IN ('HELD', 'RECEIVED', 'CONTEXT'));
-- A reporter releases what it held and withdraws; every other outcome is the flow's to write.
CREATE POLICY own ON indicator FOR UPDATE TO tocsin_app USING (reporter_id = (SELECT me()))
  WITH CHECK (reporter_id = (SELECT me()) AND outcome IN ('RECEIVED', 'WITHDRAWN'));
CREATE POLICY read ON responsibility FOR SELECT TO tocsin_app USING (CASE WHEN reporter_id = (SELECT me()) THEN true ELSE coalesce(coordinator_id = (SELECT me()), false) END);
CREATE POLICY unresolved ON responsibility FOR INSERT TO tocsin_app WITH CHECK (reporter_id = (SELECT me()) AND coordinator_id IS NULL AND role = '*' AND state = 'NOT_TOLD');
CREATE POLICY resolve ON responsibility FOR DELETE TO tocsin_system USING (true);
GRANT SELECT ON report, indicator, responsibility TO tocsin_app;
GRANT INSERT (id, owner_id, owner_name, external_id, content_hash, title, narrative, threat_actors, targets, tlp, pap, tell, attribution, coordinator_id, state, next_ord, created_at, sealed_at) ON report TO tocsin_app;
GRANT UPDATE (tell, state, next_ord, sealed_at, version) ON report TO tocsin_app;
GRANT INSERT (id, report_id, reporter_id, ord, type, value, resource, resource_kind, resource_value, list_version, category, confidence, first_seen, last_seen, comment, external_id, content_hash, outcome, consents) ON indicator TO tocsin_app;
GRANT UPDATE (outcome, version) ON indicator TO tocsin_app;
GRANT INSERT (report_id, resource, role, reporter_id, resource_kind, resource_value, state, reason, since) ON responsibility TO tocsin_app;`;
