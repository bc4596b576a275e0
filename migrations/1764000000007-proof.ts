import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The Merkle tree over the ledger, its signed checkpoints and keys; what an organisation is shown as proof. */
export class Proof1764000000007 implements MigrationInterface {
  readonly name = 'Proof1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(COMMITMENT);
    await runner.query(TABLES);
    await runner.query(GRANTS);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(PROOFS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const COMMITMENT = `
-- What a leaf commits to, kept beside its hash: whoever recomputes the tree needs the leaf, also where the body is erased.
ALTER TABLE ledger ADD COLUMN commitment bytea CHECK (length(commitment) = 32);
-- The owner reads no tenant's rows, but in this one statement.
ALTER TABLE ledger_payload NO FORCE ROW LEVEL SECURITY;
UPDATE ledger l SET commitment = sha256(p.salt || p.body) FROM ledger_payload p WHERE p.entry_id = l.entry_id;
ALTER TABLE ledger_payload FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger ALTER COLUMN commitment SET NOT NULL;`;

const TABLES = `
-- How far the ledger has been built into the tree, and why nothing is signed at present (null: it is).
CREATE TABLE ledger_tree (
  log_id smallint PRIMARY KEY,
  -- The log's name for ever: made at the first start of the hub.
  origin text CHECK (origin ~ '^[!-*,-~]{1,200}$'),
  size bigint NOT NULL DEFAULT 0, frontier bytea[] NOT NULL DEFAULT '{}',
  keys_note text, refusal text, refusal_message text, refused_at timestamptz,
  CHECK ((refusal IS NULL) = (refusal_message IS NULL) AND (refusal IS NULL) = (refused_at IS NULL)));
INSERT INTO ledger_tree (log_id) VALUES (1);

-- 256 hashes of 32 bytes each, fewer in the last tile of a level. Level 0: leaves; above: the roots of full tiles below.
CREATE TABLE ledger_tile (
  level smallint NOT NULL, idx bigint NOT NULL, hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (level, idx));
ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE ledger_checkpoint (
  size bigint PRIMARY KEY, root bytea NOT NULL CHECK (length(root) = 32), note text NOT NULL, signed_at timestamptz NOT NULL);

-- Public halves. A log key may sign trees from one size to another, a receipt key entries from one instant to another.
CREATE TABLE log_key (
  id text PRIMARY KEY, ord bigint GENERATED ALWAYS AS IDENTITY, purpose text NOT NULL CHECK (purpose IN ('LOG', 'RECEIPT')),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  from_size bigint, until_size bigint, valid_from timestamptz, valid_until timestamptz,
  added_at timestamptz NOT NULL,
  -- A log key on its way out: whoever leads ends it at the first tree it signs after this.
  retire_at timestamptz,
  CHECK (CASE purpose WHEN 'LOG' THEN from_size IS NOT NULL AND num_nonnulls(valid_from, valid_until) = 0
    ELSE valid_from IS NOT NULL AND num_nonnulls(from_size, until_size, retire_at) = 0 END));

-- The last recorded statement of each feed; what it says is in its entry.
CREATE TABLE feed_statement (organisation_id uuid PRIMARY KEY, entry uuid NOT NULL, seq bigint NOT NULL);

SELECT protect('{feed_statement}');
CREATE POLICY own ON feed_statement FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY state ON feed_statement FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY further ON feed_statement FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
SELECT log_changes('feed_statement', 'organisation_id');

INSERT INTO entry_kind VALUES
  ('FEED_STATED', 'organisation', '{self}'),
  ('KEY_ADDED', 'organisation', '{self}'), ('KEY_RETIRED', 'organisation', '{self}'),
  ('CHECKPOINT_REFUSED', 'organisation', '{self}'), ('GENERATION_OPENED', 'organisation', '{self}');`;

const GRANTS = `
GRANT SELECT, INSERT ON feed_statement TO tocsin_app;
GRANT UPDATE (entry, seq) ON feed_statement TO tocsin_app;
GRANT SELECT ON ledger_tree, ledger_tile, ledger_checkpoint, log_key TO tocsin_system, tocsin_ledger, tocsin_definer;
GRANT SELECT ON ledger TO tocsin_definer;
GRANT INSERT, UPDATE (hashes) ON ledger_tile TO tocsin_ledger;
GRANT UPDATE (size, frontier) ON ledger_tree TO tocsin_ledger;
GRANT INSERT ON ledger_checkpoint TO tocsin_ledger;
GRANT UPDATE (origin, keys_note, refusal, refusal_message, refused_at) ON ledger_tree TO tocsin_system;
GRANT INSERT, UPDATE (until_size, valid_until, retire_at) ON log_key TO tocsin_system;
GRANT UPDATE (generation) ON ledger_head TO tocsin_system;`;

const PROOFS = `
-- What receipts of these entries say, of those that the tenant hears; from COMMIT on, whether numbered yet or not.
CREATE FUNCTION my_entries(ids uuid[]) RETURNS TABLE (
  entry_id uuid, kind text, commitment bytea, salt bytea, body bytea, seq bigint, pos bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT l.entry_id, l.kind, l.commitment, p.salt, p.body, f.seq, l.position
    FROM feed f JOIN ledger l ON l.entry_id = f.entry_id JOIN ledger_payload p ON p.entry_id = f.entry_id
   WHERE f.organisation_id = me() AND f.entry_id = ANY (ids)
  UNION ALL
  SELECT i.entry_id, i.kind, i.commitment, p.salt, p.body, NULL, NULL
    FROM ledger_inbox i JOIN ledger_payload p ON p.entry_id = i.entry_id
   WHERE i.entry_id = ANY (ids) AND me() = ANY (i.audience) $$;

-- The same, of a part of the tenant's feed; erased entries too, of which the leaf stands. At most a megabyte of bodies.
CREATE FUNCTION my_feed(after_seq bigint, n int) RETURNS TABLE (
  entry_id uuid, kind text, commitment bytea, salt bytea, body bytea, seq bigint, pos bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT l.entry_id, l.kind, l.commitment, p.salt, p.body, f.seq, l.position
    FROM feed f JOIN ledger l ON l.entry_id = f.entry_id JOIN ledger_payload p ON p.entry_id = f.entry_id
   WHERE f.organisation_id = me() AND f.seq > after_seq ORDER BY f.seq LIMIT least(n, 1000) $$;

-- Where the tenant's feed ends, its chain there, and how large the ledger was at that moment.
CREATE FUNCTION my_feed_head() RETURNS TABLE (generation int, seq bigint, hash bytea, size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT h.generation, coalesce(f.seq, 0), coalesce(f.hash, decode(repeat('00', 32), 'hex')), h.size
    FROM ledger_head h LEFT JOIN feed_head f ON f.organisation_id = me() WHERE h.log_id = 1 $$;

-- Public: everybody reads the same checkpoints and tiles at /checkpoint and /tile.
CREATE FUNCTION newest_checkpoint() RETURNS TABLE (size bigint, root bytea, note text, signed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.size, c.root, c.note, c.signed_at FROM ledger_checkpoint c ORDER BY c.size DESC LIMIT 1 $$;
CREATE FUNCTION tiles(levels int[], idxs bigint[]) RETURNS TABLE (level int, idx bigint, hashes bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT t.level::int, t.idx, t.hashes FROM unnest(levels, idxs) AS asked(level, idx) JOIN ledger_tile t ON t.level = asked.level AND t.idx = asked.idx $$;
CREATE FUNCTION log_keys() RETURNS SETOF log_key
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$ SELECT k.* FROM log_key k $$;
REVOKE ALL ON FUNCTION my_entries, my_feed, my_feed_head, newest_checkpoint, tiles, log_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION my_entries, my_feed, my_feed_head, newest_checkpoint, tiles, log_keys TO tocsin_app;
GRANT EXECUTE ON FUNCTION newest_checkpoint, tiles, log_keys TO tocsin_system, tocsin_ledger;`;
