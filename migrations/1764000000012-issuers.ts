import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clients that an OpenID provider knows, two live keys while one is replaced, and organisations that come back. */
export class Issuers1764000000012 implements MigrationInterface {
  readonly name = 'Issuers1764000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(COLUMNS);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const COLUMNS = `
ALTER TABLE client
  ALTER COLUMN key_hash DROP NOT NULL,
  -- The key before the last rotation, and until when it still opens.
  ADD COLUMN previous_key_hash bytea CHECK (length(previous_key_hash) = 32),
  ADD COLUMN previous_key_until timestamptz,
  -- Whose tokens act as this client, where it has no key: iss, client_id and sub of RFC 9068 2.2, compared to the letter.
  ADD COLUMN issuer text CHECK (length(issuer) BETWEEN 1 AND 500),
  ADD COLUMN issuer_client text CHECK (length(issuer_client) BETWEEN 1 AND 255),
  ADD COLUMN issuer_subject text CHECK (length(issuer_subject) BETWEEN 1 AND 255),
  ADD CONSTRAINT client_previous_key CHECK ((previous_key_hash IS NULL) = (previous_key_until IS NULL)),
  ADD CONSTRAINT client_credential CHECK (CASE WHEN issuer IS NULL
    THEN key_hash IS NOT NULL AND issuer_client IS NULL AND issuer_subject IS NULL
    ELSE key_hash IS NULL AND previous_key_hash IS NULL AND issuer_client IS NOT NULL AND issuer_subject IS NOT NULL END);
CREATE INDEX client_previous_key_hash ON client (previous_key_hash) WHERE previous_key_hash IS NOT NULL;
-- Across organisations: a token is one client's. Only who holds such a token can meet it.
CREATE UNIQUE INDEX client_issued ON client (issuer, issuer_client, issuer_subject) WHERE revoked_at IS NULL;

GRANT SELECT (previous_key_until, issuer, issuer_client, issuer_subject) ON client TO tocsin_app;
GRANT INSERT (issuer, issuer_client, issuer_subject) ON client TO tocsin_app;
GRANT UPDATE (key_hash, previous_key_until) ON client TO tocsin_app;

-- A key that is replaced is kept beside the new one. Here, because no tenant may read a hash, not even to copy it.
CREATE FUNCTION keep_previous_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.previous_key_hash := OLD.key_hash;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_previous_key BEFORE UPDATE OF key_hash ON client FOR EACH ROW EXECUTE FUNCTION keep_previous_key();
REVOKE ALL ON FUNCTION keep_previous_key FROM PUBLIC;

INSERT INTO entry_kind VALUES
  ('ORGANISATION_REINSTATED', 'organisation', '{self,operator}'),
  ('CLIENT_LINKED', 'organisation', '{self}'), ('CLIENT_KEY_ROTATED', 'organisation', '{self}');`;

const FUNCTIONS = `
-- Who holds this key, also the one before the last rotation while it lasts.
CREATE OR REPLACE FUNCTION authenticate(hash bytea, at timestamptz) RETURNS TABLE (
  client_id uuid, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, c.member_id, o.id, o.name, o.roles, c.permissions,
         CASE WHEN c.key_hash = hash THEN c.expires_at ELSE least(c.expires_at, c.previous_key_until) END
    FROM client c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN member m ON m.id = c.member_id
   WHERE (c.key_hash = hash OR c.previous_key_hash = hash AND c.previous_key_until > at)
     AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > at)
     AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' $$;

-- As whom a token acts that was found good: the other question that is asked before there is a tenant.
CREATE FUNCTION authenticate_issued(issuer text, issuer_client text, issuer_subject text, at timestamptz) RETURNS TABLE (
  client_id uuid, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, c.member_id, o.id, o.name, o.roles, c.permissions, c.expires_at
    FROM client c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN member m ON m.id = c.member_id
   WHERE c.issuer = $1 AND c.issuer_client = $2 AND c.issuer_subject = $3
     AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > at)
     AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' $$;
REVOKE ALL ON FUNCTION authenticate_issued FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_issued TO tocsin_app;`;
