import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The second fence against whoever speaks SQL in a tenant's name: it may write the kinds of entry that its own verbs
 * write, in its own name and about rows on which it has a say; and move a row from one state to another as a verb does.
 */
export class Fences1764000000017 implements MigrationInterface {
  readonly name = 'Fences1764000000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(WRITERS);
    await runner.query(MOVES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(REPLIER);
    await runner.query(APPEND);
    await runner.query(MOVED);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(WATCH);
    await runner.query(POLICIES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const WRITERS = `
-- Which readers of a row may write an entry of the kind themselves, by the classes of readers_of; none: the hub alone.
ALTER TABLE entry_kind ADD COLUMN writes text[] NOT NULL DEFAULT '{}';
UPDATE entry_kind k SET writes = w.writes FROM (VALUES
  ('{self}'::text[], '{CLIENT_CREATED,CLIENT_LINKED,CLIENT_KEY_ROTATED,CLIENT_REVOKED,MEMBER_INVITED,MEMBER_REMOVED,EVENTS_ACKNOWLEDGED,FEED_STATED,TRIAGE_RULES_SET}'::text[]),
  ('{operator}', '{ORGANISATION_CREATED,ORGANISATION_JOINED,ORGANISATION_SUSPENDED,ORGANISATION_REINSTATED}'),
  ('{owner}', '{REPORT_SUBMITTED,REPORT_EXTENDED,REPORT_SEALED,REPORT_WITHDRAWN,TELLING_ALLOWED}'),
  ('{reporter}', '{INDICATORS_ACCEPTED,INDICATORS_CHANGED,INDICATORS_WITHDRAWN,REPORTERS_ANSWERED}'),
  ('{coordinator}', '{CASES_CLAIMED,CASES_ASSESSED,CASES_CONFIRMED,CASES_REJECTED,CASES_FORWARDED,CASES_MITIGATED,CASES_ENDED,CASES_RETRACTED}'),
  ('{coordinator}', '{CASES_ASKED,CASES_SHARED,CASES_UNSHARED,CASES_LEFT,HOSTING_DESCRIBED,PARTIES_CORRECTED,PARTY_CONTACTS_SET}'),
  ('{coordinator}', '{REPORTERS_ASKED,REPORTER_QUESTIONS_LAPSED}'),
  ('{replier}', '{REFERRALS_REPLIED}'),
  ('{holder}', '{ASSETS_CLAIMED}'),
  ('{holder,operator,consenter}', '{ASSET_CLAIMS_DECIDED}'),
  ('{provider}', '{ITEMS_ANSWERED,ITEMS_DELEGATED,ITEMS_RESUMED,ITEMS_RESTORED}')) w(writes, kinds) WHERE k.kind = ANY (w.kinds);`;

const MOVES = `
-- Where the verbs of tenants lead a row, and which of its columns name those who say one. The tables *.states.ts say the
-- same, verb by verb; a test compares. The hub is not held to it: its moves follow from what tenants said, several at once.
CREATE TABLE state_move (of text NOT NULL, was text NOT NULL, becomes text NOT NULL, by text[] NOT NULL, PRIMARY KEY (of, was, becomes));
GRANT SELECT ON state_move TO tocsin_definer;
INSERT INTO state_move SELECT m.of, w, b, m.by FROM (VALUES
  ('organisation', '{UNCLAIMED,SUSPENDED}'::text[], '{ACTIVE}'::text[], '{operator_id}'::text[]),
  ('organisation', '{ACTIVE}', '{SUSPENDED}', '{operator_id}'),
  ('member', '{ACTIVE}', '{REMOVED}', '{organisation_id}'),
  ('report', '{RECEIVING}', '{SEALED}', '{owner_id}'),
  ('report', '{RECEIVING,SEALED,PUBLISHED}', '{WITHDRAWN}', '{owner_id}'),
  ('indicator', '{HELD}', '{RECEIVED}', '{reporter_id}'),
  ('indicator', '{HELD,RECEIVED,CONTEXT,IN_TRIAGE,CONFIRMED,REFERRED,ACTED,MITIGATED}', '{WITHDRAWN}', '{reporter_id}'),
  ('triage_case', '{NEW,NEEDS_INFORMATION}', '{IN_TRIAGE}', '{coordinator_id}'),
  ('triage_case', '{IN_TRIAGE}', '{NEEDS_INFORMATION}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE}', '{CONFIRMED}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE,NEEDS_INFORMATION}', '{REJECTED}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE,NEEDS_INFORMATION,CONFIRMED,REFERRED,MITIGATED}', '{MITIGATED,RESOLVED,UNRESOLVED}', '{coordinator_id}'),
  ('triage_case', '{CONFIRMED,MITIGATED}', '{REFERRED}', '{coordinator_id}'),
  ('triage_case', '{CONFIRMED,REFERRED,MITIGATED,RESOLVED,UNRESOLVED}', '{RETRACTED}', '{coordinator_id}'),
  ('question', '{ASKED}', '{ANSWERED}', '{reporter_id}'),
  ('question', '{ASKED}', '{LAPSED}', '{coordinator_id}'),
  ('asset_claim', '{PENDING}', '{VERIFIED,REFUSED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{EXPIRING,EXPIRED}', '{VERIFIED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{DISPUTED}', '{VERIFIED}', '{operator_id}'),
  ('asset_claim', '{PENDING,VERIFIED,EXPIRING}', '{DISPUTED}', '{operator_id}'),
  ('asset_claim', '{VERIFIED,EXPIRING,EXPIRED,DISPUTED}', '{REVOKED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{PENDING,VERIFIED,EXPIRING,EXPIRED,DISPUTED}', '{RELEASED}', '{organisation_id,operator_id}'),
  ('inbox_item', '{SENT,DELIVERED,DELEGATED}', '{ACKNOWLEDGED}', '{provider_id}'),
  ('inbox_item', '{SENT,DELIVERED,ACKNOWLEDGED,IN_REVIEW,NEEDS_INFORMATION}', '{IN_REVIEW,NEEDS_INFORMATION,DELEGATED}', '{provider_id}'),
  ('inbox_item', '{SENT,DELIVERED,ACKNOWLEDGED,IN_REVIEW,NEEDS_INFORMATION,DELEGATED}', '{ACTIONED,DECLINED}', '{provider_id}'),
  ('inbox_item', '{DECLINED}', '{ACTIONED}', '{provider_id}'),
  ('inbox_item', '{RETRACTED}', '{CLOSED}', '{provider_id}'),
  ('referral', '{NEEDS_INFORMATION}', '{ACKNOWLEDGED}', '{coordinator_id}'),
  ('triage_rule', '{ACTIVE,SWITCHED_OFF}', '{REPLACED}', '{organisation_id}')) m(of, was, becomes, by), unnest(m.was) w, unnest(m.becomes) b WHERE w <> b;`;

const REPLIER = `
-- A co-coordinator hears what is said on a referral and does not say it.
CREATE OR REPLACE FUNCTION readers_of_referral(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
            SELECT f.id, x.class, x.organisation_id FROM hub.referral f,
              LATERAL (VALUES ('provider', f.provider_id), ('coordinator', f.coordinator_id), ('replier', f.coordinator_id)) x(class, organisation_id) WHERE f.id = ANY (ids)
  UNION ALL SELECT f.id, 'coordinator', r.organisation_id FROM hub.referral f
              JOIN hub.reader r ON r.object_id = f.case_id AND r.capacity = 'CO_COORDINATOR' WHERE f.id = ANY (ids) $$;`;

const APPEND = `
CREATE OR REPLACE FUNCTION ledger_append(ids uuid[], kinds text[], salts bytea[], bodies bytea[], subject_entry int[], subject_ids uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE appended int; lane text := CASE WHEN cardinality(subject_ids) > 200 THEN 'BULK' ELSE 'INTERACTIVE' END;
BEGIN
  -- First, so that the transaction has its number before it draws a ticket.
  INSERT INTO ledger_payload (entry_id, salt, body) SELECT * FROM unnest(ids, salts, bodies);
  INSERT INTO entry_subject (subject_id, entry_id) SELECT s.id, ids[s.entry] FROM unnest(subject_entry, subject_ids) s(entry, id);
  WITH subject AS (SELECT s.entry, s.id, k.kind, k.subject_type, k.hears, k.writes
      FROM unnest(subject_entry, subject_ids) s(entry, id) JOIN entry_kind k ON k.kind = kinds[s.entry]),
    heard AS (SELECT t.subject_type, r.* FROM (SELECT subject_type, array_agg(DISTINCT subject.id) AS of FROM subject GROUP BY 1) t,
      LATERAL readers_of(t.subject_type, t.of) r),
    audience AS (SELECT s.entry, s.id, array_agg(DISTINCT h.organisation_id ORDER BY h.organisation_id) FILTER (WHERE h.class = ANY (s.hears)) AS of,
        bool_or(h.organisation_id = me() AND h.class = ANY (s.writes)) AS mine
      FROM subject s JOIN heard h ON h.subject_type = s.subject_type AND h.id = s.id GROUP BY 1, 2),
    entry AS (SELECT a.entry, min(a.of) AS audience, bool_and(a.mine) AS mine FROM audience a GROUP BY 1
      HAVING count(DISTINCT a.of) = 1 AND count(a.of) = (SELECT count(DISTINCT x.id) FROM unnest(subject_entry, subject_ids) x(entry, id) WHERE x.entry = a.entry))
  INSERT INTO ledger_inbox (entry_id, kind, lane, commitment, audience)
  SELECT ids[e.entry], kinds[e.entry], lane, sha256(salts[e.entry] || bodies[e.entry]), e.audience FROM entry e
   WHERE session_user = 'tocsin_system' OR e.mine AND me() = ANY (e.audience) ORDER BY e.entry;
  GET DIAGNOSTICS appended = ROW_COUNT;
  IF appended <> cardinality(ids) THEN
    RAISE EXCEPTION 'an entry of unknown kind, whose rows have no or not the same readers, or by one who does not write or hear it: %', kinds
      USING ERRCODE = 'HB002';
  END IF;
  -- What a tenant appends says of itself what the ledger says of it: who, what, and of which rows.
  IF session_user <> 'tocsin_system' AND (WITH e AS MATERIALIZED (
      SELECT e.entry, e.id = x.id AND e.kind = x.kind AND x.actor ->> 'id' = me()::text AS so, x.rows FROM unnest(ids, kinds, bodies) WITH ORDINALITY e(id, kind, body, entry),
        json_to_record(convert_from(e.body, 'UTF8')::json) x(id uuid, kind text, actor json, rows json))
    SELECT EXISTS (SELECT FROM e WHERE e.so IS NOT TRUE) OR EXISTS (
      SELECT FROM (SELECT e.entry, r.id FROM e, json_to_recordset(e.rows) r(id uuid)) said
        FULL JOIN unnest(subject_entry, subject_ids) listed(entry, id) ON listed.entry = said.entry AND listed.id = said.id
       WHERE said.id IS NULL OR listed.id IS NULL)) THEN
    RAISE EXCEPTION 'an entry that says of itself what it is not: %', kinds USING ERRCODE = 'HB004';
  END IF;
END $$;`;

const MOVED = `
-- The row as it was says who may move it on.
CREATE FUNCTION moved_by_a_verb() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE state_was text; state_is text; BEGIN
  IF TG_ARGV[0] = 'outcome' THEN state_was := OLD.outcome; state_is := NEW.outcome; ELSE state_was := OLD.state; state_is := NEW.state; END IF;
  IF NOT EXISTS (SELECT FROM state_move m, jsonb_each_text(to_jsonb(OLD)) c
      WHERE m.of = TG_TABLE_NAME AND m.was = state_was AND m.becomes = state_is AND c.key = ANY (m.by) AND c.value = me()::text) THEN
    RAISE EXCEPTION 'no verb of this tenant leads % from % to %', TG_TABLE_NAME, state_was, state_is USING ERRCODE = 'HB003';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION moved_by_a_verb FROM PUBLIC; GRANT EXECUTE ON FUNCTION moved_by_a_verb TO tocsin_owner;`;

const WATCH = `
-- A later table of state asks for it in its migration, and adds its moves.
CREATE FUNCTION watch_moves(of regclass, state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('CREATE TRIGGER moved AFTER UPDATE OF %1$I ON %2$s FOR EACH ROW
    WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I AND session_user = ''tocsin_app'') EXECUTE FUNCTION moved_by_a_verb(%1$L)', state, of);
END $$;
REVOKE ALL ON FUNCTION watch_moves FROM PUBLIC;
SELECT watch_moves(t, 'state') FROM unnest('{organisation,member,report,responsibility,triage_case,question,asset_claim,inbox_item,referral,triage_rule}'::regclass[]) t;
SELECT watch_moves('indicator', 'outcome');`;

const POLICIES = `
ALTER POLICY submit ON report WITH CHECK (owner_id = (SELECT me()) AND state IN ('RECEIVING', 'SEALED'));
-- What was revoked stays revoked.
ALTER POLICY revoke ON client USING (CASE WHEN revoked_at IS NULL THEN organisation_id = (SELECT me()) ELSE false END);
-- A delegate asks its delegator, and hands nothing on.
ALTER POLICY answer ON inbox_item WITH CHECK (provider_id = (SELECT me()) AND (parent_id IS NULL OR state NOT IN ('NEEDS_INFORMATION', 'DELEGATED')));`;
