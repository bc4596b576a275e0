import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organisations, their members and clients; answers that a repeated request gets again. */
export class Tenancy1764000000002 implements MigrationInterface {
  readonly name = 'Tenancy1764000000002';

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
CREATE TABLE organisation (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ '{VENDOR,CERT,PROVIDER,AUTHORITY,OPERATOR}'),
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('UNCLAIMED', 'ACTIVE', 'SUSPENDED')),
  -- Shown to every member of the hub: CERTs, so that a vendor can name one, and whoever wants to be found.
  listed boolean NOT NULL DEFAULT false,
  operator_id uuid NOT NULL REFERENCES organisation,
  -- The CERT that leads this vendor's reports unless they name another.
  coordinator_id uuid REFERENCES organisation,
  version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX organisation_operated ON organisation (operator_id, id);
CREATE INDEX organisation_listed ON organisation (id) WHERE listed;

CREATE TABLE member (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200), email text NOT NULL CHECK (length(email) <= 254),
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'REMOVED')),
  version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organisation_id, id));
CREATE UNIQUE INDEX member_email ON member (organisation_id, lower(email)) WHERE state = 'ACTIVE';

CREATE TABLE client (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation,
  -- A person's key acts for that person and ends with her membership; a machine's has none.
  member_id uuid, name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  permissions text[] NOT NULL CHECK (cardinality(permissions) > 0),
  key_hash bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  expires_at timestamptz, revoked_at timestamptz,
  version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (organisation_id, member_id) REFERENCES member (organisation_id, id));
CREATE INDEX client_of ON client (organisation_id, id);

-- What a repeated key is answered with: only what rows cannot tell again. Kept 30 days.
CREATE TABLE idempotency (
  organisation_id uuid NOT NULL, key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128), operation text NOT NULL,
  input_hash bytea NOT NULL, answer jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, key));
CREATE INDEX idempotency_age ON idempotency (created_at);

SELECT protect('{organisation,member,client,idempotency}');
SELECT log_changes('organisation', 'id'), log_changes('member', 'organisation_id'), log_changes('client', 'organisation_id');
INSERT INTO entry_kind VALUES
  ('ORGANISATION_CREATED', 'organisation', '{self,operator}'),
  ('ORGANISATION_SUSPENDED', 'organisation', '{self,operator}'),
  ('MEMBER_INVITED', 'organisation', '{self}'), ('MEMBER_REMOVED', 'organisation', '{self}'),
  ('CLIENT_CREATED', 'organisation', '{self}'), ('CLIENT_REVOKED', 'organisation', '{self}'),
  ('EVENTS_ACKNOWLEDGED', 'organisation', '{self}'),
  ('ENTRY_QUARANTINED', 'organisation', '{self}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_organisation(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid)
LANGUAGE sql STABLE AS $$
  SELECT o.id, x.class, x.organisation_id FROM hub.organisation o,
    LATERAL (VALUES ('self', o.id), ('operator', o.operator_id)) x(class, organisation_id) WHERE o.id = ANY (ids) $$;

CREATE FUNCTION i_am(role text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT coalesce((SELECT role = ANY (o.roles) AND o.state = 'ACTIVE' FROM organisation o WHERE o.id = me()), false) $$;

-- The first credential of an organisation that I have just registered; from then on only its own people issue any.
CREATE FUNCTION i_found(organisation uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT EXISTS (SELECT FROM organisation o WHERE o.id = organisation AND o.operator_id = me())
     AND NOT EXISTS (SELECT FROM client c WHERE c.organisation_id = organisation) $$;

-- Who holds this key: the one question that is asked before there is a tenant.
CREATE FUNCTION authenticate(hash bytea, at timestamptz) RETURNS TABLE (
  client_id uuid, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, c.member_id, o.id, o.name, o.roles, c.permissions, c.expires_at
    FROM client c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN member m ON m.id = c.member_id
   WHERE c.key_hash = hash AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > at)
     AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE' $$;
REVOKE ALL ON FUNCTION i_am, i_found, authenticate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION i_am, i_found, authenticate TO tocsin_app;`;

const POLICIES = `
CREATE POLICY read ON organisation FOR SELECT TO tocsin_app USING (CASE WHEN id = (SELECT me()) THEN true
  WHEN operator_id = (SELECT me()) THEN true ELSE listed END);
CREATE POLICY register ON organisation FOR INSERT TO tocsin_app WITH CHECK (operator_id = (SELECT me()) AND (SELECT i_am('OPERATOR')));
CREATE POLICY suspend ON organisation FOR UPDATE TO tocsin_app
  USING (operator_id = (SELECT me())) WITH CHECK (operator_id = (SELECT me()));
CREATE POLICY own ON member FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY invite ON member FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY remove ON member FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY own ON client FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY issue ON client FOR INSERT TO tocsin_app
  WITH CHECK (CASE WHEN organisation_id = (SELECT me()) THEN true ELSE i_found(organisation_id) END);
CREATE POLICY revoke ON client FOR UPDATE TO tocsin_app
  USING (organisation_id = (SELECT me())) WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY own ON idempotency FOR SELECT TO tocsin_app USING (organisation_id = (SELECT me()));
CREATE POLICY remember ON idempotency FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()));
CREATE POLICY forget ON idempotency FOR DELETE TO tocsin_system USING (true);
GRANT SELECT ON organisation, member, idempotency TO tocsin_app;
GRANT SELECT (id, organisation_id, member_id, name, permissions, expires_at, revoked_at, version, created_at) ON client TO tocsin_app;
GRANT INSERT (id, name, roles, listed, operator_id, coordinator_id) ON organisation TO tocsin_app;
GRANT UPDATE (state, version) ON organisation TO tocsin_app;
GRANT INSERT (id, organisation_id, name, email) ON member TO tocsin_app;
GRANT UPDATE (state, version) ON member TO tocsin_app;
GRANT INSERT (id, organisation_id, member_id, name, permissions, key_hash, expires_at) ON client TO tocsin_app;
GRANT UPDATE (revoked_at, version) ON client TO tocsin_app;
GRANT INSERT ON idempotency TO tocsin_app;
GRANT DELETE ON idempotency TO tocsin_system;`;
