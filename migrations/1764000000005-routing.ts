import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What providers say is theirs, and who can act on a case by it. */
export class Routing1764000000005 implements MigrationInterface {
  readonly name = 'Routing1764000000005';

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
CREATE TABLE asset_claim (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisation, organisation_name text NOT NULL,
  -- Who decides on it: the operator that registered the organisation.
  operator_id uuid NOT NULL REFERENCES organisation,
  kind text NOT NULL CHECK (kind IN ('DOMAIN_SUFFIX')),
  role text NOT NULL CHECK (role IN ('REGISTRY', 'REGISTRAR', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY', 'PLATFORM', 'MAIL_PROVIDER')),
  value text NOT NULL, state text NOT NULL CHECK (state IN ('PENDING', 'VERIFIED', 'REFUSED', 'RELEASED')),
  version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, decided_at timestamptz);
CREATE UNIQUE INDEX claim_once ON asset_claim (organisation_id, kind, role, value) WHERE state IN ('PENDING', 'VERIFIED');
CREATE INDEX claim_of ON asset_claim (organisation_id, id);
CREATE INDEX claim_to_decide ON asset_claim (operator_id, state, id);
CREATE INDEX claim_operated ON asset_claim (operator_id, id);
CREATE INDEX claim_match ON asset_claim (kind, value) INCLUDE (role, organisation_id) WHERE state = 'VERIFIED';

SELECT protect('{asset_claim}');
SELECT log_changes('asset_claim', 'id');
INSERT INTO entry_kind VALUES
  ('ASSETS_CLAIMED', 'asset_claim', '{holder,operator}'), ('ASSET_CLAIMS_DECIDED', 'asset_claim', '{holder,operator}');`;

const FUNCTIONS = `
CREATE FUNCTION readers_of_asset_claim(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
  SELECT a.id, x.class, x.organisation_id FROM hub.asset_claim a,
    LATERAL (VALUES ('holder', a.organisation_id), ('operator', a.operator_id)) x(class, organisation_id) WHERE a.id = ANY (ids) $$;

-- Who can act on a resource of this kind at all; what a wrong party is asked is an insult and a leak.
CREATE FUNCTION roles_that_act(resource_kind text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE resource_kind
    WHEN 'NAME' THEN '{REGISTRY,REGISTRAR,DNS_OPERATOR,HOST,CDN_PROXY}'::text[]
    WHEN 'TENANT' THEN '{PLATFORM,HOST}' WHEN 'PAGE' THEN '{PLATFORM,HOST}'
    WHEN 'MAILBOX' THEN '{MAIL_PROVIDER}' ELSE '{}' END $$;

-- A name and every name above it. As an array, so that a claim is found by its index; joined as rows, every case read
-- every claim (measured with 15,000 claims: 77 ms a case instead of 0.3).
CREATE FUNCTION suffixes_of(host text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array(SELECT array_to_string((string_to_array(host, '.'))[n:], '.') FROM generate_series(1, cardinality(string_to_array(host, '.'))) n) $$;

-- The parties of cases by verified claims, for their coordinator and the flow: per role the most specific suffix, and
-- among equal ones the one that was verified first. Nobody reads for a suspended organisation: it would never be told.
CREATE FUNCTION parties_of_cases(ids uuid[]) RETURNS TABLE (case_id uuid, role text, provider_id uuid, provider_name text, claim text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT c.id, m.role, m.organisation_id, m.organisation_name, m.value
    FROM triage_case c CROSS JOIN LATERAL (SELECT suffixes_of(c.host) AS suffixes) h
   CROSS JOIN LATERAL (
      SELECT a.role, a.organisation_id, a.organisation_name, a.value, row_number() OVER (PARTITION BY a.role ORDER BY length(a.value) DESC, a.decided_at, a.id) AS place
        FROM asset_claim a
       WHERE a.kind = 'DOMAIN_SUFFIX' AND a.state = 'VERIFIED' AND a.value = ANY (h.suffixes) AND a.role = ANY (roles_that_act(c.resource_kind))
         AND EXISTS (SELECT FROM organisation o WHERE o.id = a.organisation_id AND o.state <> 'SUSPENDED')) m
   WHERE c.id = ANY (ids) AND m.place = 1 AND (session_user = 'tocsin_system' OR c.coordinator_id = me()) $$;
REVOKE ALL ON FUNCTION parties_of_cases FROM PUBLIC; GRANT EXECUTE ON FUNCTION parties_of_cases TO tocsin_app, tocsin_system;`;

const POLICIES = `
CREATE POLICY read ON asset_claim FOR SELECT TO tocsin_app USING (CASE WHEN organisation_id = (SELECT me()) THEN true ELSE operator_id = (SELECT me()) END);
CREATE POLICY claim ON asset_claim FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()) AND state = 'PENDING'
  AND operator_id = (SELECT o.operator_id FROM organisation o WHERE o.id = (SELECT me())));
CREATE POLICY decide ON asset_claim FOR UPDATE TO tocsin_app USING (operator_id = (SELECT me())) WITH CHECK (operator_id = (SELECT me()));
GRANT SELECT ON asset_claim TO tocsin_app;
GRANT INSERT (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at) ON asset_claim TO tocsin_app;
GRANT UPDATE (state, decided_at, version) ON asset_claim TO tocsin_app;`;
