import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger: one sequence of facts, the feed that each organisation hears, and the rule that who may read a row
 * hears its entries. Every later migration builds on `protect`, `reader`, `readers_of` and `entry_kind`.
 */
export class Ledger1764000000001 implements MigrationInterface {
  readonly name = 'Ledger1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(FENCE);
    await runner.query(TABLES);
    await runner.query(GRANTS);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(READERS_OF);
    await runner.query(APPEND);
    await runner.query(PAGES);
    await runner.query(MUST_BE_LOGGED);
    await runner.query('RESET ROLE');
    await runner.query(LOG_CHANGES);
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const FENCE = `
CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('tocsin.org', true), '')::uuid;

-- What every tenant table begins with: row-level security forced even on its owner, all rows for the flow, reading for
-- the functions that compute who hears. Policies for tenants follow in the migration of the table.
CREATE FUNCTION protect(tables regclass[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t regclass; BEGIN
  FOREACH t IN ARRAY tables LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY flow ON %s TO tocsin_system USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definer ON %s FOR SELECT TO tocsin_definer USING (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO tocsin_system', t);
    EXECUTE format('GRANT SELECT ON %s TO tocsin_definer', t);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION protect FROM PUBLIC;`;

const TABLES = `
-- The few readers of a row that its own columns do not name: coordinators of a report, authorities, members of a thread.
CREATE TABLE reader (
  organisation_id uuid NOT NULL, object_id uuid NOT NULL,
  capacity text NOT NULL CHECK (capacity IN ('COORDINATOR', 'CO_COORDINATOR', 'AUTHORITY', 'TARGET', 'MEMBER')),
  since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (organisation_id, object_id));
CREATE INDEX reader_object ON reader (object_id);

-- Which readers of a row hear which kind is data of the kind, never an argument of the caller.
CREATE TABLE entry_kind (kind text PRIMARY KEY, subject_type text NOT NULL, hears text[] NOT NULL);

-- The erasable part of an entry: salt and the exact canonical bytes.
CREATE TABLE ledger_payload (
  entry_id uuid PRIMARY KEY, salt bytea, body bytea,
  CHECK ((salt IS NULL) = (body IS NULL)), CHECK (salt IS NULL OR length(salt) = 32));

-- Which rows an entry lists. txid lets the trigger below ask "in this transaction?" without another table.
CREATE TABLE entry_subject (
  subject_id uuid NOT NULL, entry_id uuid NOT NULL, txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (subject_id, entry_id));

-- Committed and not yet numbered; nearly always empty. CACHE 1: a later ticket is never drawn before an earlier one.
CREATE TABLE ledger_inbox (
  ticket bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  entry_id uuid NOT NULL, kind text NOT NULL, lane text NOT NULL, commitment bytea NOT NULL, audience uuid[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE ledger_head (
  log_id smallint PRIMARY KEY, size bigint NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0,
  generation int NOT NULL DEFAULT 1);
INSERT INTO ledger_head (log_id) VALUES (1);

CREATE TABLE ledger (
  position bigint PRIMARY KEY, entry_id uuid NOT NULL UNIQUE, kind text NOT NULL,
  lane text NOT NULL CHECK (lane IN ('INTERACTIVE', 'BULK')), leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32));

CREATE TABLE feed_head (organisation_id uuid PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL);
-- The second key makes a repeat impossible and serves trails.
CREATE TABLE feed (
  organisation_id uuid NOT NULL, seq bigint NOT NULL, entry_id uuid NOT NULL, kind text NOT NULL, hash bytea NOT NULL,
  PRIMARY KEY (organisation_id, seq), UNIQUE (organisation_id, entry_id));

-- How far a client that answers for the desk says it has read. Being told is proven by this and by nothing weaker.
CREATE TABLE feed_acknowledgement (
  organisation_id uuid NOT NULL, client_id uuid NOT NULL, seq bigint NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, client_id));

-- Followers of the ledger and the entries they gave up on. Only the flow sees these.
CREATE TABLE follower (name text PRIMARY KEY, position bigint NOT NULL DEFAULT -1);
CREATE TABLE follower_failure (
  name text NOT NULL, position bigint NOT NULL, attempts int NOT NULL, error text NOT NULL,
  quarantined_at timestamptz, PRIMARY KEY (name, position));

SELECT protect('{reader,ledger_payload,entry_subject,feed,feed_head,feed_acknowledgement}');
CREATE POLICY own ON reader FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY own ON feed FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY own ON feed_head FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY own ON feed_acknowledgement FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY acknowledge ON feed_acknowledgement FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY further ON feed_acknowledgement FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY append ON ledger_payload FOR INSERT TO tocsin_definer WITH CHECK (true);
CREATE POLICY append ON entry_subject FOR INSERT TO tocsin_definer WITH CHECK (true);
CREATE POLICY number ON feed TO tocsin_ledger USING (true) WITH CHECK (true);
CREATE POLICY number ON feed_head TO tocsin_ledger USING (true) WITH CHECK (true);`;

const GRANTS = `
GRANT SELECT ON reader, feed, feed_head, feed_acknowledgement TO tocsin_app;
GRANT INSERT, UPDATE (seq, at) ON feed_acknowledgement TO tocsin_app;
GRANT SELECT ON ledger, ledger_inbox, ledger_head, entry_kind TO tocsin_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON follower, follower_failure TO tocsin_system;
GRANT SELECT, DELETE ON ledger_inbox TO tocsin_ledger;
GRANT SELECT, INSERT ON ledger, feed TO tocsin_ledger;
GRANT SELECT, INSERT, UPDATE ON feed_head TO tocsin_ledger;
GRANT SELECT, UPDATE ON ledger_head TO tocsin_ledger;
GRANT SELECT ON entry_kind, ledger_head TO tocsin_definer;
GRANT SELECT, INSERT ON ledger_inbox TO tocsin_definer;
GRANT INSERT ON ledger_payload, entry_subject TO tocsin_definer;`;

const READERS_OF = `
-- The readers of rows, class by class: the same columns that the policies name. A feature's migration adds its
-- function readers_of_<type>(uuid[]); the type comes from entry_kind, never from a caller.
CREATE FUNCTION readers_of(type text, ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$ BEGIN
  RETURN QUERY EXECUTE format('SELECT r.id, r.class, r.organisation_id FROM %I($1) r WHERE r.organisation_id IS NOT NULL',
    'readers_of_' || type) USING ids;
END $$;
REVOKE ALL ON FUNCTION readers_of FROM PUBLIC; GRANT EXECUTE ON FUNCTION readers_of TO tocsin_system;

-- Which of these rows have the same readers, without saying who they are: rows of one circle fit into one entry.
CREATE FUNCTION same_readers(type text, ids uuid[]) RETURNS TABLE (id uuid, circle bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT a.id, dense_rank() OVER (ORDER BY a.of) FROM (SELECT r.id, array_agg(DISTINCT r.organisation_id ORDER BY r.organisation_id) AS of
    FROM readers_of(type, ids) r GROUP BY 1) a WHERE session_user = 'tocsin_system' OR me() = ANY (a.of) $$;
REVOKE ALL ON FUNCTION same_readers FROM PUBLIC; GRANT EXECUTE ON FUNCTION same_readers TO tocsin_app, tocsin_system;`;

const APPEND = `
-- The only way an entry comes to be; last statement of its transaction, after the locks of what it reports. The caller
-- says what happened to which rows; it cannot say who hears, and must hear it itself (or be the flow).
CREATE FUNCTION ledger_append(ids uuid[], kinds text[], salts bytea[], bodies bytea[], subject_entry int[], subject_ids uuid[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE appended int; lane text := CASE WHEN cardinality(subject_ids) > 200 THEN 'BULK' ELSE 'INTERACTIVE' END;
BEGIN
  -- First, so that the transaction has its number before it draws a ticket.
  INSERT INTO ledger_payload (entry_id, salt, body) SELECT * FROM unnest(ids, salts, bodies);
  INSERT INTO entry_subject (subject_id, entry_id) SELECT s.id, ids[s.entry] FROM unnest(subject_entry, subject_ids) s(entry, id);
  WITH subject AS (SELECT s.entry, s.id, k.kind, k.subject_type, k.hears
      FROM unnest(subject_entry, subject_ids) s(entry, id) JOIN entry_kind k ON k.kind = kinds[s.entry]),
    heard AS (SELECT t.subject_type, r.* FROM (SELECT subject_type, array_agg(DISTINCT subject.id) AS of FROM subject GROUP BY 1) t,
      LATERAL readers_of(t.subject_type, t.of) r),
    audience AS (SELECT s.entry, s.id, array_agg(DISTINCT h.organisation_id ORDER BY h.organisation_id) AS of
      FROM subject s JOIN heard h ON h.subject_type = s.subject_type AND h.id = s.id AND h.class = ANY (s.hears) GROUP BY 1, 2),
    entry AS (SELECT a.entry, min(a.of) AS audience FROM audience a GROUP BY 1
      HAVING count(DISTINCT a.of) = 1 AND count(*) = (SELECT count(DISTINCT x.id) FROM unnest(subject_entry, subject_ids) x(entry, id) WHERE x.entry = a.entry))
  INSERT INTO ledger_inbox (entry_id, kind, lane, commitment, audience)
  SELECT ids[e.entry], kinds[e.entry], lane, sha256(salts[e.entry] || bodies[e.entry]), e.audience FROM entry e
   WHERE session_user = 'tocsin_system' OR me() = ANY (e.audience) ORDER BY e.entry;
  GET DIAGNOSTICS appended = ROW_COUNT;
  IF appended <> cardinality(ids) THEN
    RAISE EXCEPTION 'an entry of unknown kind, whose rows have no or not the same readers, or by one who does not hear it: %', kinds
      USING ERRCODE = 'HB002';
  END IF;
END $$;
REVOKE ALL ON FUNCTION ledger_append FROM PUBLIC; GRANT EXECUTE ON FUNCTION ledger_append TO tocsin_app, tocsin_system;`;

const PAGES = `
-- The only ways in which a tenant reaches bodies; each adds the tenant itself.
CREATE FUNCTION feed_page(after_seq bigint, n int, of_kinds text[]) RETURNS TABLE (seq bigint, entry_id uuid, kind text, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT f.seq, f.entry_id, f.kind, p.body FROM feed f JOIN ledger_payload p USING (entry_id)
   WHERE f.organisation_id = me() AND f.seq > after_seq AND (of_kinds IS NULL OR f.kind = ANY (of_kinds))
   ORDER BY f.seq LIMIT least(n, 1000) $$;
CREATE FUNCTION trail_page(subject uuid, after_seq bigint, n int) RETURNS TABLE (seq bigint, entry_id uuid, kind text, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT f.seq, f.entry_id, f.kind, p.body
    FROM entry_subject s JOIN feed f ON f.organisation_id = me() AND f.entry_id = s.entry_id JOIN ledger_payload p ON p.entry_id = f.entry_id
   WHERE s.subject_id = subject AND f.seq > after_seq ORDER BY f.seq LIMIT least(n, 1000) $$;
CREATE FUNCTION feed_state() RETURNS TABLE (generation int, seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT h.generation, coalesce((SELECT f.seq FROM feed_head f WHERE f.organisation_id = me()), 0) FROM ledger_head h WHERE h.log_id = 1 $$;
REVOKE ALL ON FUNCTION feed_page, trail_page, feed_state FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_page, trail_page, feed_state TO tocsin_app;`;

const MUST_BE_LOGGED = `
-- No change without an entry of the same transaction that lists the row, or the row it hangs under (the trigger's argument).
CREATE FUNCTION must_be_logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE subject uuid; BEGIN
  IF TG_ARGV[0] = 'id' THEN subject := coalesce(NEW.id, OLD.id);
  ELSIF TG_ARGV[0] = 'report_id' THEN subject := coalesce(NEW.report_id, OLD.report_id);
  ELSIF TG_ARGV[0] = 'referral_id' THEN subject := coalesce(NEW.referral_id, OLD.referral_id);
  ELSIF TG_ARGV[0] = 'object_id' THEN subject := coalesce(NEW.object_id, OLD.object_id);
  ELSE subject := coalesce(NEW.organisation_id, OLD.organisation_id); END IF;
  IF NOT EXISTS (SELECT FROM entry_subject s WHERE s.subject_id = subject AND s.txid = pg_current_xact_id()) THEN
    RAISE EXCEPTION '% of % without a ledger entry', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HB001';
  END IF;
  RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION must_be_logged TO tocsin_owner;`;

const LOG_CHANGES = `
CREATE FUNCTION log_changes(of regclass, listed_by text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('CREATE CONSTRAINT TRIGGER logged AFTER INSERT OR UPDATE OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION must_be_logged(%L)', of, listed_by);
END $$;
REVOKE ALL ON FUNCTION log_changes FROM PUBLIC;
SELECT log_changes('reader', 'object_id'), log_changes('feed_acknowledgement', 'organisation_id');`;
