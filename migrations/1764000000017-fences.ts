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
-- Where verbs lead a row of a table, and which of its columns name those who may say one; none: the hub alone. The
-- tables *.states.ts say the same, verb by verb; a test compares.
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
  ('indicator', '{RECEIVED}', '{IN_TRIAGE}', '{}'),
  ('indicator', '{IN_TRIAGE}', '{CONFIRMED,REFERRED,REJECTED}', '{}'),
  ('indicator', '{CONFIRMED,MITIGATED}', '{REFERRED}', '{}'),
  ('indicator', '{REFERRED}', '{ACTED}', '{}'),
  ('indicator', '{IN_TRIAGE,CONFIRMED,REFERRED,ACTED,MITIGATED}', '{MITIGATED,RESOLVED,RETRACTED,ENDED}', '{}'),
  ('indicator', '{RESOLVED,ENDED}', '{RETRACTED}', '{}'),
  ('responsibility', '{NOT_TOLD}', '{TOLD,ACKNOWLEDGED,ACTED_ON_WORD,NO_PARTY,NOT_APPLICABLE}', '{}'),
  ('responsibility', '{TOLD}', '{ACKNOWLEDGED,ACTED_ON_WORD,NOT_APPLICABLE}', '{}'),
  ('responsibility', '{ACKNOWLEDGED}', '{ACTED_ON_WORD,NOT_APPLICABLE}', '{}'),
  ('responsibility', '{ACTED_ON_WORD,NO_PARTY}', '{NOT_APPLICABLE}', '{}'),
  ('responsibility', '{NO_PARTY,NOT_APPLICABLE}', '{NOT_TOLD}', '{}'),
  ('triage_case', '{NEW,NEEDS_INFORMATION}', '{IN_TRIAGE}', '{coordinator_id}'),
  ('triage_case', '{IN_TRIAGE}', '{NEEDS_INFORMATION}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE}', '{CONFIRMED}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE,NEEDS_INFORMATION}', '{REJECTED}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE,NEEDS_INFORMATION,CONFIRMED,REFERRED,MITIGATED}', '{MITIGATED,RESOLVED,UNRESOLVED}', '{coordinator_id}'),
  ('triage_case', '{CONFIRMED,MITIGATED}', '{REFERRED}', '{coordinator_id}'),
  ('triage_case', '{CONFIRMED,REFERRED,MITIGATED,RESOLVED,UNRESOLVED}', '{RETRACTED}', '{coordinator_id}'),
  ('triage_case', '{NEW,IN_TRIAGE,NEEDS_INFORMATION,CONFIRMED,REFERRED,MITIGATED}', '{WITHDRAWN}', '{}'),
  ('question', '{ASKED}', '{ANSWERED}', '{reporter_id}'),
  ('question', '{ASKED}', '{LAPSED}', '{coordinator_id}'),
  ('asset_claim', '{PENDING}', '{VERIFIED,REFUSED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{EXPIRING,EXPIRED}', '{VERIFIED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{DISPUTED}', '{VERIFIED}', '{operator_id}'),
  ('asset_claim', '{PENDING,VERIFIED,EXPIRING}', '{DISPUTED}', '{operator_id}'),
  ('asset_claim', '{VERIFIED,EXPIRING,EXPIRED,DISPUTED}', '{REVOKED}', '{operator_id,consenter_id}'),
  ('asset_claim', '{PENDING,VERIFIED,EXPIRING,EXPIRED,DISPUTED}', '{RELEASED}', '{organisation_id}'),
  ('asset_claim', '{VERIFIED}', '{EXPIRING}', '{}'),
  ('asset_claim', '{EXPIRING}', '{EXPIRED}', '{}'),
  ('inbox_item', '{SENT,DELIVERED,DELEGATED}', '{ACKNOWLEDGED}', '{provider_id}'),
  ('inbox_item', '{SENT,DELIVERED,ACKNOWLEDGED,IN_REVIEW,NEEDS_INFORMATION}', '{IN_REVIEW,NEEDS_INFORMATION,DELEGATED}', '{provider_id}'),
  ('inbox_item', '{SENT,DELIVERED,ACKNOWLEDGED,IN_REVIEW,NEEDS_INFORMATION,DELEGATED}', '{ACTIONED,DECLINED}', '{provider_id}'),
  ('inbox_item', '{DECLINED}', '{ACTIONED}', '{provider_id}'),
  ('inbox_item', '{RETRACTED}', '{CLOSED}', '{provider_id}'),
  ('inbox_item', '{SENT}', '{DELIVERED}', '{}'),
  ('inbox_item', '{IN_REVIEW,NEEDS_INFORMATION}', '{ACKNOWLEDGED}', '{}'),
  ('inbox_item', '{ACTIONED,DECLINED}', '{SENT}', '{}'),
  ('inbox_item', '{SENT,DELIVERED,ACKNOWLEDGED,IN_REVIEW,NEEDS_INFORMATION,DELEGATED,ACTIONED,DECLINED}', '{RETRACTED,CLOSED}', '{}'),
  ('inbox_item', '{CLOSED}', '{RETRACTED}', '{}'),
  ('triage_rule', '{ACTIVE,SWITCHED_OFF}', '{REPLACED}', '{organisation_id}'),
  ('triage_rule', '{ACTIVE}', '{SWITCHED_OFF}', '{}')) m(of, was, becomes, by), unnest(m.was) w, unnest(m.becomes) b WHERE w <> b;
-- A referral lives the life of its item; what its coordinator says of it is one answer, all else the hub passes on.
INSERT INTO state_move SELECT 'referral', was, becomes, CASE was || ' ' || becomes WHEN 'NEEDS_INFORMATION ACKNOWLEDGED' THEN '{coordinator_id}' ELSE '{}' END::text[]
  FROM state_move WHERE of = 'inbox_item';`;

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
  IF session_user <> 'tocsin_system' AND EXISTS (
      SELECT FROM unnest(ids, kinds, bodies) WITH ORDINALITY e(id, kind, bytes, entry), LATERAL (SELECT convert_from(e.bytes, 'UTF8')::json AS body) x
       WHERE NOT coalesce(x.body ->> 'id' = e.id::text AND x.body ->> 'kind' = e.kind AND x.body -> 'actor' ->> 'id' = me()::text
         AND (SELECT array_agg(DISTINCT r ->> 'id' ORDER BY r ->> 'id') FROM json_array_elements(x.body -> 'rows') r)
           = (SELECT array_agg(DISTINCT s.id::text ORDER BY s.id::text) FROM unnest(subject_entry, subject_ids) s(entry, id) WHERE s.entry = e.entry), false)) THEN
    RAISE EXCEPTION 'an entry that says of itself what it is not: %', kinds USING ERRCODE = 'HB004';
  END IF;
END $$;`;

const MOVED = `
-- The row as it was says who may move it on; the hub, told by its login, may say every verb.
CREATE FUNCTION moved_by_a_verb() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE state_was text; state_is text; sayers text[]; BEGIN
  IF TG_ARGV[0] = 'outcome' THEN state_was := OLD.outcome; state_is := NEW.outcome; ELSE state_was := OLD.state; state_is := NEW.state; END IF;
  SELECT m.by INTO sayers FROM state_move m WHERE m.of = TG_TABLE_NAME AND m.was = state_was AND m.becomes = state_is;
  IF sayers IS NULL OR session_user <> 'tocsin_system' AND NOT EXISTS (
      SELECT FROM jsonb_each_text(to_jsonb(OLD)) c WHERE c.key = ANY (sayers) AND c.value = me()::text) THEN
    RAISE EXCEPTION 'no verb of % leads % from % to %', CASE session_user WHEN 'tocsin_system' THEN 'the hub' ELSE 'the tenant' END, TG_TABLE_NAME, state_was, state_is
      USING ERRCODE = 'HB003';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION moved_by_a_verb FROM PUBLIC; GRANT EXECUTE ON FUNCTION moved_by_a_verb TO tocsin_owner;`;

const WATCH = `
CREATE FUNCTION watch_moves(of regclass, state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('CREATE TRIGGER moved AFTER UPDATE OF %1$I ON %2$s FOR EACH ROW
    WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I AND session_user IN (''tocsin_app'', ''tocsin_system'')) EXECUTE FUNCTION moved_by_a_verb(%1$L)', state, of);
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
