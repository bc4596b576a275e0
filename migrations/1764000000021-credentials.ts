import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From where a credential opens, and when it last did. */
export class Credentials1764000000021 implements MigrationInterface {
  readonly name = 'Credentials1764000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(GRANTS);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
ALTER TABLE client
  -- Networks in CIDR notation from which alone it opens; none: from everywhere. As text, in the one way that the hub writes them.
  ADD COLUMN networks text[] NOT NULL DEFAULT '{}' CHECK (cardinality(networks) <= 50);

-- When a credential last opened. Apart from the client, whose every change is an entry: this is none, and far too often.
CREATE TABLE client_use (
  organisation_id uuid NOT NULL, client_id uuid NOT NULL REFERENCES client, used_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, client_id));
SELECT protect('{client_use}');
CREATE POLICY own ON client_use FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY note ON client_use FOR INSERT TO tocsin_definer WITH CHECK (true);
CREATE POLICY note_again ON client_use FOR UPDATE TO tocsin_definer USING (true) WITH CHECK (true);
GRANT INSERT, UPDATE (used_at) ON client_use TO tocsin_definer;

INSERT INTO entry_kind VALUES ('CLIENT_CHANGED', 'organisation', '{self}', '{self}');
-- For narrow_client alone, which asks whose it is.
CREATE POLICY narrow ON client FOR UPDATE TO tocsin_definer USING (true) WITH CHECK (true);
GRANT UPDATE (permissions) ON client TO tocsin_definer;`;

const FUNCTIONS = `
DROP FUNCTION authenticate, authenticate_issued;

-- Who holds this key, also the one before the last rotation while it lasts; and from where.
CREATE FUNCTION authenticate(hash bytea, at timestamptz) RETURNS TABLE (
  client_id uuid, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz, networks text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, c.member_id, o.id, o.name, o.roles, c.permissions,
         CASE WHEN c.key_hash = hash THEN c.expires_at ELSE least(c.expires_at, c.previous_key_until) END, c.networks
    FROM client c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN member m ON m.id = c.member_id
   WHERE (c.key_hash = hash OR c.previous_key_hash = hash AND c.previous_key_until > at)
     AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > at)
     AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' $$;

-- As whom a token acts that was found good, and from where.
CREATE FUNCTION authenticate_issued(issuer text, issuer_client text, issuer_subject text, at timestamptz) RETURNS TABLE (
  client_id uuid, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz, networks text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, c.member_id, o.id, o.name, o.roles, c.permissions, c.expires_at, c.networks
    FROM client c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN member m ON m.id = c.member_id
   WHERE c.issuer = $1 AND c.issuer_client = $2 AND c.issuer_subject = $3
     AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > at)
     AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' $$;

-- Notes that a credential opened, once a minute at most on whatever nodes. It is asked for a client that was just authenticated.
CREATE FUNCTION note_use(of uuid, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  INSERT INTO client_use (organisation_id, client_id, used_at) SELECT c.organisation_id, c.id, at FROM client c WHERE c.id = of
  ON CONFLICT (organisation_id, client_id) DO UPDATE SET used_at = excluded.used_at
    WHERE client_use.used_at <= excluded.used_at - interval '1 minute' $$;

-- Takes permissions from one of my own clients. Here and not by a column grant: none can be added.
CREATE FUNCTION narrow_client(of uuid, kept text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  UPDATE client SET permissions = array(SELECT p FROM unnest(permissions) p WHERE p = ANY (kept))
   WHERE id = of AND organisation_id = me() AND revoked_at IS NULL $$;
REVOKE ALL ON FUNCTION authenticate, authenticate_issued, note_use, narrow_client FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate, authenticate_issued, note_use, narrow_client TO tocsin_app;`;

const GRANTS = `
GRANT SELECT ON client_use TO tocsin_app;
GRANT SELECT (networks), INSERT (networks), UPDATE (networks, name, expires_at) ON client TO tocsin_app;`;
