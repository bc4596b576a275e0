import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All that a desk can say of an item, questions and answers, and items handed on to a delegate. */
export class Answers1764000000009 implements MigrationInterface {
  readonly name = 'Answers1764000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(STATES);
    await runner.query(COLUMNS);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(DELEGATION);
    await runner.query(POLICIES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const ALL = `'SENT', 'DELIVERED', 'ACKNOWLEDGED', 'IN_REVIEW', 'NEEDS_INFORMATION', 'DELEGATED', 'ACTIONED', 'DECLINED', 'RETRACTED', 'CLOSED'`;

const STATES = `
ALTER TABLE inbox_item DROP CONSTRAINT inbox_item_state_check, ADD CONSTRAINT inbox_item_state_check CHECK (state IN (${ALL}));
ALTER TABLE referral DROP CONSTRAINT referral_state_check, ADD CONSTRAINT referral_state_check CHECK (state IN (${ALL}));
-- What was taken back asks for the opposite of a new request on the same resource: that gets an item of its own.
DROP INDEX inbox_open;
CREATE UNIQUE INDEX inbox_open ON inbox_item (provider_id, role, resource, coalesce(delegator_id, provider_id)) WHERE state NOT IN ('CLOSED', 'RETRACTED');`;

const COLUMNS = `
ALTER TABLE inbox_item
  -- Null also where an item was closed before there were bases.
  ADD basis text, ADD CONSTRAINT inbox_item_basis CHECK (basis IS NULL OR state = 'CLOSED' AND basis IN ('CASE_ENDED', 'RESTORED', 'RETURNED', 'WITHDRAWN')),
  ADD review_until timestamptz, ADD question text CHECK (length(question) <= 2000), ADD asked_at timestamptz,
  ADD suggested_party text CHECK (length(suggested_party) <= 256), ADD restored_at timestamptz,
  -- When the hub does something about it by itself; see tick.
  ADD next_at timestamptz,
  -- To whom it is handed on: the id of the delegate's item, made before that item is; and how coordinators are told.
  ADD delegation uuid, ADD delegated_to text CHECK (length(delegated_to) <= 200),
  -- On a delegated item: whose it is, and what its delegator says.
  ADD parent_id uuid, ADD provider_name text, ADD delegator_name text, ADD delegation_note text CHECK (length(delegation_note) <= 2000),
  ADD requested_actions text[], ADD CHECK ((parent_id IS NULL) = (delegator_id IS NULL)),
  ADD FOREIGN KEY (parent_id, delegator_id) REFERENCES inbox_item (id, provider_id);
CREATE INDEX inbox_parent ON inbox_item (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX inbox_clock ON inbox_item (next_at) WHERE next_at IS NOT NULL;

ALTER TABLE referral
  ADD basis text, ADD CONSTRAINT referral_basis CHECK (basis IS NULL OR state = 'CLOSED' AND basis IN ('CASE_ENDED', 'RESTORED')),
  ADD review_until timestamptz, ADD question text, ADD asked_at timestamptz, ADD reply text CHECK (length(reply) <= 2000), ADD replied_at timestamptz,
  ADD proposed_role text, ADD proposed_party text, ADD delegated_to text, ADD restored_at timestamptz,
  -- Somebody holds it to be a false positive: nothing is pressed for until the coordinator has decided.
  ADD paused_at timestamptz, ADD case_reference text CHECK (length(case_reference) <= 256);`;

const FUNCTIONS = `
-- As before; the column that says under which row a change hangs is now any that the table has.
CREATE OR REPLACE FUNCTION must_be_logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE subject uuid; BEGIN
  IF TG_ARGV[0] = 'id' THEN subject := coalesce(NEW.id, OLD.id);
  ELSIF TG_ARGV[0] = 'report_id' THEN subject := coalesce(NEW.report_id, OLD.report_id);
  ELSIF TG_ARGV[0] = 'referral_id' THEN subject := coalesce(NEW.referral_id, OLD.referral_id);
  ELSIF TG_ARGV[0] = 'object_id' THEN subject := coalesce(NEW.object_id, OLD.object_id);
  ELSIF TG_ARGV[0] = 'organisation_id' THEN subject := coalesce(NEW.organisation_id, OLD.organisation_id);
  ELSE EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO subject USING coalesce(NEW, OLD); END IF;
  IF NOT EXISTS (SELECT FROM entry_subject s WHERE s.subject_id = subject AND s.txid = pg_current_xact_id()) THEN
    RAISE EXCEPTION '% of % without a ledger entry', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HB001';
  END IF;
  RETURN NULL;
END $$;

-- To whom one may delegate, by an id that one must know: its name. No row for what is not there and for what is no provider.
CREATE FUNCTION delegate_named(organisation uuid) RETURNS TABLE (name text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT o.name FROM organisation o WHERE o.id = organisation AND o.state = 'ACTIVE' AND 'PROVIDER' = ANY (o.roles) AND o.id IS DISTINCT FROM me() $$;
REVOKE ALL ON FUNCTION delegate_named FROM PUBLIC; GRANT EXECUTE ON FUNCTION delegate_named TO tocsin_app, tocsin_system;`;

const DELEGATION = `
-- What a delegate is shown: copied from what its delegator sees, without who asks, who reported, and what they say.
CREATE TABLE delegated_observable (
  item_id uuid NOT NULL, ord int NOT NULL, provider_id uuid NOT NULL, delegator_id uuid NOT NULL,
  type text NOT NULL, value text NOT NULL, category text NOT NULL, first_seen timestamptz, last_seen timestamptz,
  PRIMARY KEY (provider_id, item_id, ord), FOREIGN KEY (item_id, provider_id) REFERENCES inbox_item (id, provider_id));
CREATE INDEX delegated_observable_of ON delegated_observable (item_id, ord);

SELECT protect('{delegated_observable}');
SELECT log_changes('delegated_observable', 'item_id');
INSERT INTO entry_kind VALUES
  ('ITEMS_DELEGATED', 'inbox_item', '{provider}'), ('ITEMS_RESUMED', 'inbox_item', '{provider,delegator}'),
  ('ITEMS_RESTORED', 'inbox_item', '{provider,delegator}'), ('REFERRALS_REPLIED', 'referral', '{provider,coordinator}'),
  ('REFERRALS_PAUSED', 'referral', '{provider,coordinator}'), ('REFERRALS_RESUMED', 'referral', '{provider,coordinator}');`;

const POLICIES = `
CREATE POLICY read ON delegated_observable FOR SELECT TO tocsin_app USING (CASE WHEN provider_id = (SELECT me()) THEN true ELSE delegator_id = (SELECT me()) END);
-- A coordinator writes one thing into a referral: its answer to the party's question, which gives the party its turn.
CREATE POLICY reply ON referral FOR UPDATE TO tocsin_app USING (coordinator_id = (SELECT me()))
  WITH CHECK (coordinator_id = (SELECT me()) AND state = 'ACKNOWLEDGED' AND reply IS NOT NULL);
GRANT SELECT ON delegated_observable TO tocsin_app;
GRANT SELECT (basis, review_until, question, asked_at, reply, replied_at, proposed_role, proposed_party, delegated_to, restored_at, paused_at, case_reference) ON referral TO tocsin_app;
GRANT UPDATE (state, reply, replied_at, version) ON referral TO tocsin_app;
GRANT UPDATE (basis, review_until, question, asked_at, suggested_party, restored_at, next_at, delegation, delegated_to) ON inbox_item TO tocsin_app;`;
