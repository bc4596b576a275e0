import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an organisation demands of its people before they act outward, and acts that wait for a second pair of eyes. */
export class FourEyes1764000000020 implements MigrationInterface {
  readonly name = 'FourEyes1764000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
CREATE TABLE act_policy (
  organisation_id uuid PRIMARY KEY REFERENCES organisation,
  require_mfa boolean NOT NULL, four_eyes boolean NOT NULL, version int NOT NULL DEFAULT 1);

-- An act as it was asked for, to the letter, and whose eyes were on it.
CREATE TABLE approval (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation,
  verb text NOT NULL CHECK (length(verb) BETWEEN 1 AND 100),
  input text NOT NULL, input_hash bytea NOT NULL CHECK (length(input_hash) = 32),
  -- The key that asked, or the member who did at a browser. A key is nobody's eyes: what it asks, two people approve.
  client_id uuid NOT NULL, member_id uuid,
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'APPROVED', 'DECLINED')),
  approvers uuid[] NOT NULL DEFAULT '{}',
  requested_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, version int NOT NULL DEFAULT 1,
  FOREIGN KEY (organisation_id, member_id) REFERENCES member (organisation_id, id),
  -- The second fence of four eyes: two people, neither of them twice.
  CONSTRAINT approval_by_others CHECK (CASE WHEN member_id IS NULL THEN true ELSE NOT member_id = ANY (approvers) END),
  CONSTRAINT approval_by_each_once CHECK (cardinality(approvers) < 2 OR (cardinality(approvers) = 2 AND approvers[1] <> approvers[2])),
  CONSTRAINT approval_by_two CHECK (state <> 'APPROVED'
    OR cardinality(approvers) + CASE WHEN member_id IS NULL THEN 0 ELSE 1 END >= 2));
CREATE INDEX approval_list ON approval (organisation_id, id DESC);
CREATE INDEX approval_of ON approval (organisation_id, input_hash, requested_at DESC);

SELECT protect('{act_policy,approval}');
SELECT log_changes('act_policy', 'organisation_id'), log_changes('approval', 'organisation_id');
CREATE POLICY own ON act_policy FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY demand ON act_policy FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY change ON act_policy FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY own ON approval FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY ask ON approval FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY answer ON approval FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
GRANT SELECT, INSERT (organisation_id, require_mfa, four_eyes), UPDATE (require_mfa, four_eyes, version) ON act_policy TO tocsin_app;
GRANT SELECT, INSERT (id, organisation_id, verb, input, input_hash, client_id, member_id, requested_at, expires_at),
  UPDATE (state, approvers, version) ON approval TO tocsin_app;

INSERT INTO entry_kind (kind, subject_type, hears, writes) VALUES
  ('ACT_POLICY_SET', 'organisation', '{self}', '{self}'), ('ACT_REQUESTED', 'organisation', '{self}', '{self}'),
  ('ACT_APPROVED', 'organisation', '{self}', '{self}'), ('ACT_DECLINED', 'organisation', '{self}', '{self}');
INSERT INTO state_move VALUES ('approval', 'PENDING', 'APPROVED', '{organisation_id}'), ('approval', 'PENDING', 'DECLINED', '{organisation_id}');
SELECT watch_moves('approval', 'state');`;
