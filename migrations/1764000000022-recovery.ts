import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How an organisation that has lost all its keys gets one again: two operators, a day in between, and its own veto. */
export class Recovery1764000000022 implements MigrationInterface {
  readonly name = 'Recovery1764000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLE);
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

const TABLE = `
CREATE TABLE recovery (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation, organisation_name text NOT NULL,
  -- Who began it, and who has to agree: another operator, or the same one by another of its people.
  operator_id uuid NOT NULL REFERENCES organisation, operator_name text NOT NULL,
  seconder_id uuid NOT NULL REFERENCES organisation, seconder_name text,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
  state text NOT NULL CHECK (state IN ('BEGUN', 'CONFIRMED', 'ISSUED', 'REFUSED', 'EXPIRED')),
  -- Members who were signed in; null: by a key, which says nothing of who holds it.
  begun_by uuid, confirmed_by uuid,
  begun_at timestamptz NOT NULL, confirmed_at timestamptz, issued_at timestamptz, next_at timestamptz,
  version int NOT NULL DEFAULT 1,
  CHECK (organisation_id NOT IN (operator_id, seconder_id)),
  -- What the code says too: two who agree, a day for the organisation to object, and not after a week.
  CONSTRAINT recovery_by_two CHECK (confirmed_at IS NULL OR seconder_id <> operator_id OR coalesce(begun_by <> confirmed_by, false)),
  CONSTRAINT recovery_confirmed CHECK (state NOT IN ('CONFIRMED', 'ISSUED') OR confirmed_at >= begun_at),
  CONSTRAINT recovery_after_a_day CHECK (CASE WHEN state = 'ISSUED' THEN coalesce(issued_at >= confirmed_at + interval '24 hours'
    AND issued_at < begun_at + interval '7 days', false) ELSE issued_at IS NULL END),
  CONSTRAINT recovery_ends CHECK ((state IN ('BEGUN', 'CONFIRMED')) = (next_at IS NOT NULL)));
CREATE UNIQUE INDEX recovery_open ON recovery (organisation_id) WHERE state IN ('BEGUN', 'CONFIRMED');
CREATE INDEX recovery_of ON recovery (organisation_id, id);
CREATE INDEX recovery_due ON recovery (next_at) WHERE next_at IS NOT NULL;
SELECT protect('{recovery}');
SELECT log_changes('recovery', 'id');
SELECT watch_moves('recovery', 'state');
INSERT INTO state_move VALUES
  ('recovery', 'BEGUN', 'CONFIRMED', '{seconder_id}'), ('recovery', 'CONFIRMED', 'ISSUED', '{operator_id}'),
  ('recovery', 'BEGUN', 'REFUSED', '{organisation_id,operator_id,seconder_id}'),
  ('recovery', 'CONFIRMED', 'REFUSED', '{organisation_id,operator_id,seconder_id}');
INSERT INTO entry_kind VALUES
  ('RECOVERY_BEGUN', 'recovery', '{self,operator,seconder}', '{operator}'),
  ('RECOVERY_CONFIRMED', 'recovery', '{self,operator,seconder}', '{seconder}'),
  ('RECOVERY_REFUSED', 'recovery', '{self,operator,seconder}', '{self,operator,seconder}'),
  ('RECOVERY_ISSUED', 'recovery', '{self,operator,seconder}', '{operator}'),
  ('RECOVERY_EXPIRED', 'recovery', '{self,operator,seconder}', '{}'),
  ('ORGANISATION_RECOVERED', 'organisation', '{self,operator}', '{operator}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_recovery(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
  SELECT r.id, x.class, x.organisation_id FROM hub.recovery r,
    LATERAL (VALUES ('self', r.organisation_id), ('operator', r.operator_id), ('seconder', r.seconder_id)) x(class, organisation_id) WHERE r.id = ANY (ids) $$;

-- Whether an organisation can agree to a recovery: an operator at work, whom the one who asks need not see.
CREATE FUNCTION can_second(organisation uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT EXISTS (SELECT FROM organisation o WHERE o.id = organisation AND o.state = 'ACTIVE' AND 'OPERATOR' = ANY (o.roles)) $$;

-- The one credential that somebody else issues: in the transaction in which a recovery that two agreed to ends with it.
CREATE FUNCTION i_recover(organisation uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT EXISTS (SELECT FROM recovery r WHERE r.organisation_id = organisation AND r.operator_id = me()
    AND r.state = 'ISSUED' AND r.xmin = pg_current_xact_id()::xid) $$;
REVOKE ALL ON FUNCTION can_second, i_recover FROM PUBLIC;
GRANT EXECUTE ON FUNCTION can_second, i_recover TO tocsin_app;`;

const POLICIES = `
CREATE POLICY read ON recovery FOR SELECT TO tocsin_app USING (CASE WHEN organisation_id = (SELECT me()) THEN true
  WHEN operator_id = (SELECT me()) THEN true ELSE seconder_id = (SELECT me()) END);
CREATE POLICY begin ON recovery FOR INSERT TO tocsin_app WITH CHECK (operator_id = (SELECT me()) AND (SELECT i_am('OPERATOR'))
  AND state = 'BEGUN' AND can_second(seconder_id)
  AND EXISTS (SELECT FROM organisation o WHERE o.id = recovery.organisation_id AND o.operator_id = (SELECT me()) AND o.state = 'ACTIVE'));
CREATE POLICY move ON recovery FOR UPDATE TO tocsin_app
  USING (CASE WHEN organisation_id = (SELECT me()) THEN true WHEN operator_id = (SELECT me()) THEN true ELSE seconder_id = (SELECT me()) END)
  WITH CHECK (CASE WHEN organisation_id = (SELECT me()) THEN true WHEN operator_id = (SELECT me()) THEN true ELSE seconder_id = (SELECT me()) END);
ALTER POLICY issue ON client WITH CHECK (CASE WHEN organisation_id = (SELECT me()) THEN true
  WHEN i_found(organisation_id) THEN true ELSE i_recover(organisation_id) END);
GRANT SELECT ON recovery TO tocsin_app;
GRANT INSERT (id, organisation_id, organisation_name, operator_id, operator_name, seconder_id, reason, state, begun_by, begun_at, next_at) ON recovery TO tocsin_app;
GRANT UPDATE (state, seconder_name, confirmed_by, confirmed_at, issued_at, next_at, version) ON recovery TO tocsin_app;`;
