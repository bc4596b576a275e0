import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A provider's desk, and under each of its items the requests of coordinators who do not see each other. */
export class Referral1764000000006 implements MigrationInterface {
  readonly name = 'Referral1764000000006';

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
CREATE TABLE inbox_item (
  id uuid PRIMARY KEY, provider_id uuid NOT NULL REFERENCES organisation, delegator_id uuid REFERENCES organisation, role text NOT NULL,
  resource bytea NOT NULL, resource_kind text NOT NULL, value text NOT NULL,
  state text NOT NULL CHECK (state IN ('SENT', 'DELIVERED', 'ACKNOWLEDGED', 'ACTIONED', 'DECLINED', 'CLOSED')),
  due_at timestamptz NOT NULL, sent_at timestamptz NOT NULL, delivered_at timestamptz, acknowledged_at timestamptz, answered_at timestamptz,
  action text, acted_at timestamptz, decline_reason text, note text CHECK (length(note) <= 2000),
  provider_reference text CHECK (length(provider_reference) <= 256), version int NOT NULL DEFAULT 1, UNIQUE (id, provider_id));
CREATE INDEX inbox_desk ON inbox_item (provider_id, state, due_at, id);
CREATE INDEX inbox_list ON inbox_item (provider_id, due_at, id);
CREATE INDEX inbox_delegated ON inbox_item (delegator_id, id) WHERE delegator_id IS NOT NULL;
CREATE UNIQUE INDEX inbox_open ON inbox_item (provider_id, role, resource, coalesce(delegator_id, provider_id)) WHERE state NOT IN ('CLOSED');

CREATE TABLE referral (
  id uuid PRIMARY KEY, case_id uuid NOT NULL, coordinator_id uuid NOT NULL, coordinator_name text NOT NULL,
  provider_id uuid NOT NULL, provider_name text NOT NULL, item_id uuid NOT NULL, role text NOT NULL,
  resource_kind text NOT NULL, value text NOT NULL, assessment text NOT NULL, requested_action text NOT NULL, legal_basis text NOT NULL,
  note text CHECK (length(note) <= 2000), state text NOT NULL CHECK (state IN ('SENT', 'DELIVERED', 'ACKNOWLEDGED', 'ACTIONED', 'DECLINED', 'CLOSED')),
  due_at timestamptz NOT NULL, sent_at timestamptz NOT NULL, delivered_at timestamptz, acknowledged_at timestamptz, answered_at timestamptz,
  action text, acted_at timestamptz, decline_reason text, answer_note text, provider_reference text,
  -- Whether the provider has read of it, and of all that was added since.
  told boolean NOT NULL DEFAULT false,
  -- The item's version when this came under it, or last grew: answers to a later version answer it.
  item_version int NOT NULL, version int NOT NULL DEFAULT 1, UNIQUE (id, provider_id),
  FOREIGN KEY (case_id, coordinator_id) REFERENCES triage_case (id, coordinator_id),
  FOREIGN KEY (item_id, provider_id) REFERENCES inbox_item (id, provider_id));
CREATE INDEX referral_item ON referral (item_id);
CREATE INDEX referral_case ON referral (case_id);
CREATE INDEX referral_coordinator ON referral (coordinator_id, state, due_at, id);
CREATE INDEX referral_list ON referral (coordinator_id, due_at, id);
CREATE INDEX referral_untold ON referral (provider_id, id) WHERE NOT told;
CREATE UNIQUE INDEX referral_open ON referral (coordinator_id, case_id, item_id) WHERE state <> 'CLOSED';

-- What a referral shows of the indicators behind it: copied, so that nobody reads a row made for the reporter.
CREATE TABLE referred_observable (
  referral_id uuid NOT NULL, ord int NOT NULL, provider_id uuid NOT NULL, coordinator_id uuid NOT NULL,
  -- From which indicator it was copied: for the flow alone; no tenant is granted this column.
  indicator_id uuid NOT NULL,
  type text NOT NULL, value text NOT NULL, category text NOT NULL, confidence smallint, first_seen timestamptz, last_seen timestamptz,
  comment text, reporter_name text,
  PRIMARY KEY (provider_id, referral_id, ord), FOREIGN KEY (referral_id, provider_id) REFERENCES referral (id, provider_id));
CREATE INDEX referred_observable_of ON referred_observable (referral_id, ord);
CREATE INDEX referred_indicator ON referred_observable (indicator_id);

SELECT protect('{inbox_item,referral,referred_observable}');
SELECT log_changes('inbox_item', 'id'), log_changes('referral', 'id'), log_changes('referred_observable', 'referral_id');
INSERT INTO entry_kind VALUES
  ('CASES_FORWARDED', 'triage_case', '{coordinator,reader}'),
  ('ITEMS_ARRIVED', 'inbox_item', '{provider,delegator}'), ('ITEMS_ANSWERED', 'inbox_item', '{provider,delegator}'),
  ('ITEMS_DELIVERED', 'inbox_item', '{provider,delegator}'), ('ITEMS_CLOSED', 'inbox_item', '{provider,delegator}'),
  ('REFERRALS_ISSUED', 'referral', '{provider,coordinator}'), ('REFERRALS_EXTENDED', 'referral', '{provider,coordinator}'),
  ('REFERRALS_DELIVERED', 'referral', '{provider,coordinator}'), ('REFERRALS_ANSWERED', 'referral', '{provider,coordinator}'),
  ('REFERRALS_CLOSED', 'referral', '{provider,coordinator}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_inbox_item(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
  SELECT b.id, x.class, x.organisation_id FROM hub.inbox_item b,
    LATERAL (VALUES ('provider', b.provider_id), ('delegator', b.delegator_id)) x(class, organisation_id) WHERE b.id = ANY (ids) $$;
CREATE FUNCTION readers_of_referral(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT f.id, x.class, x.organisation_id FROM hub.referral f,
              LATERAL (VALUES ('provider', f.provider_id), ('coordinator', f.coordinator_id)) x(class, organisation_id) WHERE f.id = ANY (ids)
  UNION ALL SELECT f.id, 'coordinator', r.organisation_id FROM hub.referral f
              JOIN hub.reader r ON r.object_id = f.case_id AND r.capacity = 'CO_COORDINATOR' WHERE f.id = ANY (ids) $$;`;

const POLICIES = `
CREATE POLICY read ON inbox_item FOR SELECT TO tocsin_app USING (CASE WHEN provider_id = (SELECT me()) THEN true ELSE coalesce(delegator_id = (SELECT me()), false) END);
CREATE POLICY answer ON inbox_item FOR UPDATE TO tocsin_app USING (provider_id = (SELECT me())) WITH CHECK (provider_id = (SELECT me()));
CREATE POLICY read ON referral FOR SELECT TO tocsin_app USING (CASE WHEN provider_id = (SELECT me()) THEN true WHEN coordinator_id = (SELECT me()) THEN true
  ELSE EXISTS (SELECT FROM reader r WHERE r.organisation_id = (SELECT me()) AND r.object_id = referral.case_id AND r.capacity = 'CO_COORDINATOR') END);
CREATE POLICY read ON referred_observable FOR SELECT TO tocsin_app USING (CASE WHEN provider_id = (SELECT me()) THEN true ELSE coordinator_id = (SELECT me()) END);
GRANT SELECT ON inbox_item TO tocsin_app;
-- Nobody learns from which indicator a line was copied.
GRANT SELECT (id, case_id, coordinator_id, coordinator_name, provider_id, provider_name, item_id, role, resource_kind, value, assessment, requested_action,
  legal_basis, note, state, due_at, sent_at, delivered_at, acknowledged_at, answered_at, action, acted_at, decline_reason, answer_note, provider_reference, told, version) ON referral TO tocsin_app;
GRANT SELECT (referral_id, ord, provider_id, coordinator_id, type, value, category, confidence, first_seen, last_seen, comment, reporter_name) ON referred_observable TO tocsin_app;
GRANT UPDATE (state, acknowledged_at, answered_at, action, acted_at, decline_reason, note, provider_reference, version) ON inbox_item TO tocsin_app;`;
