import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Claims of every kind, what is known of the parties of a case, and organisations that nobody has claimed yet. */
export class Parties1764000000010 implements MigrationInterface {
  readonly name = 'Parties1764000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(CLAIMS);
    await runner.query(KNOWN);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(READERS);
    await runner.query(KEYS);
    await runner.query(MATCH);
    await runner.query(REACH);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(POLICIES);
    await runner.query(JOINING);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const CLAIMS = `
ALTER TABLE asset_claim DROP CONSTRAINT asset_claim_kind_check, DROP CONSTRAINT asset_claim_role_check, DROP CONSTRAINT asset_claim_state_check;
ALTER TABLE asset_claim
  -- Of a contact for somebody else's asset: the holder of the asset, who consents. Null where the hub knows no holder.
  ADD COLUMN consenter_id uuid REFERENCES organisation,
  ADD COLUMN valid_until timestamptz,
  -- What the matcher compares: a case has the same keys for what is known of it.
  ADD COLUMN key text NOT NULL GENERATED ALWAYS AS (kind || ' ' || CASE kind WHEN 'CONTACT_DOMAIN' THEN role || ' ' ELSE '' END || value) STORED,
  ADD CONSTRAINT asset_claim_kind_check CHECK (kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'TLD', 'DOMAIN_SUFFIX', 'NAME_SERVER_SUFFIX',
    'MAIL_DOMAIN', 'ASN', 'IP_PREFIX', 'CONTACT_FOR', 'CONTACT_DOMAIN')),
  ADD CONSTRAINT asset_claim_role_check CHECK (role IN ('REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY', 'NETWORK', 'PLATFORM', 'MAIL_PROVIDER')),
  ADD CONSTRAINT asset_claim_state_check CHECK (state IN ('PENDING', 'VERIFIED', 'EXPIRING', 'EXPIRED', 'DISPUTED', 'REFUSED', 'REVOKED', 'RELEASED')),
  ADD CONSTRAINT asset_claim_consent_check CHECK (consenter_id IS NULL OR kind = 'CONTACT_FOR');
DROP INDEX claim_once, claim_match;
CREATE UNIQUE INDEX claim_once ON asset_claim (organisation_id, kind, role, value) WHERE state NOT IN ('REFUSED', 'REVOKED', 'RELEASED');
CREATE INDEX claim_match ON asset_claim (key) INCLUDE (role, organisation_id) WHERE state IN ('VERIFIED', 'EXPIRING');
CREATE INDEX claim_of_state ON asset_claim (organisation_id, state, id);
CREATE INDEX claim_consenter ON asset_claim (consenter_id, id) WHERE consenter_id IS NOT NULL;
CREATE INDEX claim_clock ON asset_claim (valid_until) WHERE state IN ('VERIFIED', 'EXPIRING');
UPDATE entry_kind SET hears = '{holder,operator,consenter}' WHERE kind IN ('ASSETS_CLAIMED', 'ASSET_CLAIMS_DECIDED');
INSERT INTO entry_kind VALUES
  ('ORGANISATION_JOINED', 'organisation', '{self,operator}'),
  ('PARTIES_RESOLVED', 'triage_case', '{coordinator,reader}'), ('PARTIES_CHANGED', 'triage_case', '{coordinator,reader}');`;

const KNOWN = `
-- What its reporter knows of who can act on it, in normal form: [{kind, value, seenAt}]. Its own row's, never another's.
ALTER TABLE indicator ADD COLUMN hosting jsonb;

-- By what the parties of a case are found. On a reporter's word, or looked up for its report, it counts for that report
-- and for the coordinator; on the coordinator's word for all, and instead of what the others say of the same kind.
CREATE TABLE party_fact (
  id uuid PRIMARY KEY,
  -- The case.
  object_id uuid NOT NULL REFERENCES triage_case, report_id uuid,
  source text NOT NULL CHECK (source IN ('REPORTER', 'LOOKUP', 'COORDINATOR')),
  kind text NOT NULL CHECK (kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'NAME_SERVER', 'MAIL_EXCHANGER', 'ADDRESS', 'ASN', 'CONTACT_DOMAIN')),
  role text, value text NOT NULL CHECK (length(value) <= 300), seen_at timestamptz, noted_at timestamptz NOT NULL,
  CHECK ((source = 'COORDINATOR') = (report_id IS NULL)), CHECK ((kind = 'CONTACT_DOMAIN') = (role IS NOT NULL)));
CREATE UNIQUE INDEX party_fact_once ON party_fact (kind, value, object_id, coalesce(report_id, object_id), source, coalesce(role, ''));
CREATE INDEX party_fact_of ON party_fact (object_id, report_id);
CREATE INDEX party_fact_name ON party_fact ((reverse(value) || '.') COLLATE "C") WHERE kind IN ('NAME_SERVER', 'MAIL_EXCHANGER');
CREATE INDEX party_fact_address ON party_fact ((value::inet)) WHERE kind = 'ADDRESS';
-- Who was referred to and hears nothing, for the day on which somebody joins for it.
CREATE INDEX responsibility_unheard ON responsibility (party_id, report_id) WHERE reason = 'NO_CHANNEL';
CREATE INDEX case_host ON triage_case ((reverse(host) || '.') COLLATE "C");
CREATE INDEX case_address ON triage_case ((value::inet)) WHERE resource_kind IN ('ADDRESS', 'NETWORK');
SELECT protect('{party_fact}');
SELECT log_changes('party_fact', 'object_id');

-- What is to be asked of the world, outside of every transaction. For the flow alone.
CREATE TABLE lookup (
  id uuid PRIMARY KEY, case_id uuid NOT NULL, report_id uuid NOT NULL, resource_kind text NOT NULL, value text NOT NULL, host text,
  state text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DONE', 'FAILED')), attempts int NOT NULL DEFAULT 0, next_at timestamptz NOT NULL);
CREATE INDEX lookup_due ON lookup (next_at) WHERE state = 'WAITING';
CREATE INDEX lookup_of ON lookup (report_id, case_id);
-- How far the cases that decided claims reach have been looked at again, by the entry of the decision.
CREATE TABLE claim_sweep (id uuid PRIMARY KEY, after uuid NOT NULL);
GRANT SELECT, INSERT, UPDATE ON lookup TO tocsin_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON claim_sweep TO tocsin_system;`;

const READERS = `
CREATE OR REPLACE FUNCTION readers_of_asset_claim(ids uuid[]) RETURNS TABLE (id uuid, class text, organisation_id uuid) LANGUAGE sql STABLE AS $$
  SELECT a.id, x.class, x.organisation_id FROM hub.asset_claim a,
    LATERAL (VALUES ('holder', a.organisation_id), ('operator', a.operator_id), ('consenter', a.consenter_id)) x(class, organisation_id) WHERE a.id = ANY (ids) $$;

CREATE OR REPLACE FUNCTION roles_that_act(resource_kind text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE resource_kind
    WHEN 'NAME' THEN '{REGISTRY,REGISTRAR,RESELLER,DNS_OPERATOR,HOST,CDN_PROXY}'::text[]
    WHEN 'TENANT' THEN '{PLATFORM,HOST}' WHEN 'PAGE' THEN '{PLATFORM,HOST}'
    WHEN 'ADDRESS' THEN '{HOST,NETWORK}' WHEN 'NETWORK' THEN '{HOST,NETWORK}'
    WHEN 'MAILBOX' THEN '{MAIL_PROVIDER}' ELSE '{}' END $$;`;

const KEYS = `
-- The keys of the claims that one thing known of a case is matched by. Whatever the kind, a claim is found by equality
-- with one of a few keys, by one index: nothing is compared by range, and no claim is read that does not match. In a
-- loop, since it runs for everything known of every case: as nested queries it took ten times as long.
CREATE FUNCTION keys_of(kind text, role text, value text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE keys text[] := '{}'; rest text := value; address inet; BEGIN
  CASE kind
    WHEN 'HOST', 'MAIL_EXCHANGER', 'NAME_SERVER' THEN
      -- A name and every name above it.
      LOOP
        IF kind = 'HOST' THEN keys := keys || ('DOMAIN_SUFFIX ' || rest) || ('CONTACT_FOR ' || rest);
        ELSIF kind = 'NAME_SERVER' THEN keys := keys || ('NAME_SERVER_SUFFIX ' || rest);
        ELSE keys := keys || ('MAIL_DOMAIN ' || rest); END IF;
        EXIT WHEN position('.' IN rest) = 0;
        rest := substr(rest, position('.' IN rest) + 1);
      END LOOP;
      IF kind = 'HOST' THEN keys := keys || ('TLD ' || rest); END IF;
    WHEN 'ADDRESS' THEN
      -- A network and every network around it, up to the widest that anybody may claim.
      address := value::inet;
      FOR n IN CASE family(address) WHEN 4 THEN 8 ELSE 16 END .. masklen(address) LOOP
        rest := network(set_masklen(address, n))::text;
        keys := keys || ('IP_PREFIX ' || rest) || ('CONTACT_FOR ' || rest);
      END LOOP;
    WHEN 'CONTACT_DOMAIN' THEN keys := ARRAY['CONTACT_DOMAIN ' || role || ' ' || value];
    ELSE keys := ARRAY[kind || ' ' || value];
  END CASE;
  RETURN keys;
END $$;`;

const MATCH = `
-- Who can act on each case: by all that is known of it (no report), or by what counts for one report. Per role one
-- party: a member of the hub before one that nobody has claimed; what names the asset itself before what it lies on;
-- then the most specific, the contact before the holder, the first verified. Nobody reads for a suspended organisation.
CREATE FUNCTION match_parties(cases uuid[], reports uuid[]) RETURNS TABLE (
  case_id uuid, report_id uuid, role text, provider_id uuid, provider_name text, unclaimed boolean, claim_kind text, claim text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT q.case_id, q.report_id, m.role, m.organisation_id, m.name, m.unclaimed, m.kind, m.value
    FROM unnest(cases, reports) AS q(case_id, report_id) JOIN triage_case c ON c.id = q.case_id AND c.id = ANY (cases)
   CROSS JOIN LATERAL (SELECT array(SELECT unnest(keys_of(k.kind, k.role, k.value)) FROM (
        SELECT x.kind, NULL AS role, x.value FROM (VALUES ('HOST', c.host), ('MAIL_EXCHANGER', CASE c.resource_kind WHEN 'MAILBOX' THEN c.host END),
            ('ADDRESS', CASE WHEN c.resource_kind IN ('ADDRESS', 'NETWORK') THEN c.value END)) x(kind, value) WHERE x.value IS NOT NULL
        UNION ALL
        SELECT f.kind, f.role, f.value FROM party_fact f
         WHERE f.object_id = q.case_id AND (q.report_id IS NULL OR f.report_id IS NULL OR f.report_id = q.report_id)
           AND (f.source = 'COORDINATOR' OR NOT EXISTS (SELECT FROM party_fact g WHERE g.object_id = q.case_id AND g.kind = f.kind AND g.source = 'COORDINATOR'))) k) AS keys) h
   CROSS JOIN LATERAL (
      SELECT DISTINCT ON (a.role) a.role, a.organisation_id, o.name, o.state = 'UNCLAIMED' AS unclaimed, a.kind, a.value
        FROM asset_claim a JOIN organisation o ON o.id = a.organisation_id AND o.state <> 'SUSPENDED'
       WHERE a.key = ANY (h.keys) AND a.state IN ('VERIFIED', 'EXPIRING') AND a.role = ANY (roles_that_act(c.resource_kind))
       ORDER BY a.role, o.state = 'UNCLAIMED',
         CASE WHEN a.kind IN ('DOMAIN_SUFFIX', 'MAIL_DOMAIN') THEN 0 WHEN a.kind = 'CONTACT_FOR' AND a.value NOT LIKE '%/%' THEN 0
           WHEN a.kind IN ('ASN', 'TLD') THEN 2 WHEN a.kind = 'CONTACT_DOMAIN' THEN 3 ELSE 1 END,
         CASE WHEN a.kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN') THEN 0
           WHEN a.value LIKE '%/%' THEN split_part(a.value, '/', 2)::int ELSE length(a.value) END DESC,
         a.kind = 'CONTACT_FOR' DESC, a.decided_at, a.id) m $$;
REVOKE ALL ON FUNCTION match_parties FROM PUBLIC; GRANT EXECUTE ON FUNCTION match_parties TO tocsin_system;

-- The same for the coordinator of the cases, and for the flow.
DROP FUNCTION parties_of_cases;
CREATE FUNCTION parties_of_cases(ids uuid[]) RETURNS TABLE (
  case_id uuid, role text, provider_id uuid, provider_name text, claim text, claim_kind text, unclaimed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT m.case_id, m.role, m.provider_id, m.provider_name, m.claim, m.claim_kind, m.unclaimed
    FROM (SELECT array_agg(c.id) AS cases, array_agg(NULL::uuid) AS reports FROM triage_case c
           WHERE c.id = ANY (ids) AND (session_user = 'tocsin_system' OR c.coordinator_id = me())) a,
      LATERAL match_parties(a.cases, a.reports) m $$;
REVOKE ALL ON FUNCTION parties_of_cases FROM PUBLIC; GRANT EXECUTE ON FUNCTION parties_of_cases TO tocsin_app, tocsin_system;

-- Whose verified asset lies around this one, in this role: whose consent a contact needs. The nearest.
CREATE FUNCTION holder_of(asset_role text, asset text, claimant uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT a.organisation_id FROM asset_claim a JOIN organisation o ON o.id = a.organisation_id AND o.state = 'ACTIVE'
   WHERE a.key = ANY (keys_of(CASE WHEN asset LIKE '%/%' THEN 'ADDRESS' ELSE 'HOST' END, NULL, asset)) AND a.kind IN ('IP_PREFIX', 'DOMAIN_SUFFIX')
     AND a.state IN ('VERIFIED', 'EXPIRING') AND a.role = asset_role AND a.organisation_id <> claimant
   ORDER BY CASE WHEN asset LIKE '%/%' THEN split_part(a.value, '/', 2)::int ELSE length(a.value) END DESC, a.decided_at, a.id LIMIT 1 $$;

-- The verified claims of others on the very assets of these claims, for whoever decides on them.
CREATE FUNCTION rivals_of(claims uuid[]) RETURNS TABLE (claim uuid, rival uuid, state text, unclaimed boolean, operated boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT a.id, b.id, b.state, o.state = 'UNCLAIMED', b.operator_id = me() FROM asset_claim a
    JOIN asset_claim b ON b.key = a.key AND b.role = a.role AND b.organisation_id <> a.organisation_id AND b.state IN ('VERIFIED', 'EXPIRING')
    JOIN organisation o ON o.id = b.organisation_id
   WHERE a.id = ANY (claims) AND a.operator_id = me() AND a.kind <> 'CONTACT_FOR' $$;
REVOKE ALL ON FUNCTION holder_of, rivals_of FROM PUBLIC; GRANT EXECUTE ON FUNCTION holder_of, rivals_of TO tocsin_app;`;

const REACH = `
-- The other way round: the cases that these claims reach, in the order of their ids, from one on.
CREATE FUNCTION cases_of_claims(claims uuid[], after uuid, n int) RETURNS TABLE (id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT DISTINCT x.id FROM (SELECT a.kind, a.role, a.value, reverse(a.value) || '.' AS name, CASE WHEN a.kind IN ('IP_PREFIX', 'CONTACT_FOR') AND a.value LIKE '%/%' THEN a.value::inet END AS block
      FROM asset_claim a WHERE a.id = ANY (claims)) a
   CROSS JOIN LATERAL (
      SELECT c.id FROM triage_case c WHERE a.kind IN ('DOMAIN_SUFFIX', 'CONTACT_FOR', 'MAIL_DOMAIN', 'TLD') AND a.block IS NULL
         AND (reverse(c.host) || '.') COLLATE "C" >= a.name COLLATE "C" AND (reverse(c.host) || '.') COLLATE "C" < (a.name || '~') COLLATE "C"
      UNION ALL
      SELECT c.id FROM triage_case c WHERE c.resource_kind IN ('ADDRESS', 'NETWORK') AND c.value::inet >= network(a.block)
         AND c.value::inet <= set_masklen(broadcast(a.block), CASE family(a.block) WHEN 4 THEN 32 ELSE 128 END)
      UNION ALL
      SELECT f.object_id FROM party_fact f WHERE a.kind IN ('NAME_SERVER_SUFFIX', 'MAIL_DOMAIN') AND f.kind IN ('NAME_SERVER', 'MAIL_EXCHANGER')
         AND (reverse(f.value) || '.') COLLATE "C" >= a.name COLLATE "C" AND (reverse(f.value) || '.') COLLATE "C" < (a.name || '~') COLLATE "C"
      UNION ALL
      SELECT f.object_id FROM party_fact f WHERE f.kind = 'ADDRESS' AND f.value::inet >= network(a.block)
         AND f.value::inet <= set_masklen(broadcast(a.block), CASE family(a.block) WHEN 4 THEN 32 ELSE 128 END)
      UNION ALL
      SELECT f.object_id FROM party_fact f WHERE f.kind = a.kind AND f.value = a.value) x
   WHERE x.id > after ORDER BY x.id LIMIT n $$;
REVOKE ALL ON FUNCTION cases_of_claims FROM PUBLIC; GRANT EXECUTE ON FUNCTION cases_of_claims TO tocsin_system;`;

const POLICIES = `
DROP POLICY read ON asset_claim; DROP POLICY claim ON asset_claim; DROP POLICY decide ON asset_claim;
CREATE POLICY read ON asset_claim FOR SELECT TO tocsin_app USING (CASE WHEN organisation_id = (SELECT me()) THEN true WHEN operator_id = (SELECT me()) THEN true
  ELSE coalesce(consenter_id = (SELECT me()), false) END);
CREATE POLICY claim ON asset_claim FOR INSERT TO tocsin_app WITH CHECK (organisation_id = (SELECT me()) AND state = 'PENDING'
  AND operator_id = (SELECT o.operator_id FROM organisation o WHERE o.id = (SELECT me()))
  AND consenter_id IS NOT DISTINCT FROM CASE kind WHEN 'CONTACT_FOR' THEN holder_of(role, value, (SELECT me())) END);
CREATE POLICY decide ON asset_claim FOR UPDATE TO tocsin_app
  USING (CASE WHEN operator_id = (SELECT me()) THEN true WHEN organisation_id = (SELECT me()) THEN true ELSE coalesce(consenter_id = (SELECT me()), false) END)
  -- Its holder only lets it go; the holder of the asset only says whether it consents.
  WITH CHECK (CASE WHEN operator_id = (SELECT me()) THEN true WHEN organisation_id = (SELECT me()) THEN state = 'RELEASED'
    ELSE coalesce(consenter_id = (SELECT me()), false) AND state IN ('VERIFIED', 'REFUSED', 'REVOKED') END);
GRANT INSERT (consenter_id) ON asset_claim TO tocsin_app;
GRANT UPDATE (valid_until) ON asset_claim TO tocsin_app;
GRANT INSERT (hosting) ON indicator TO tocsin_app;`;

const JOINING = `
-- Joining claims the organisation that the hub made at first sight: it gets a name and a first key, and keeps the rest.
CREATE FUNCTION named_once() RETURNS trigger LANGUAGE plpgsql SET search_path = hub, pg_temp AS $$ BEGIN
  RAISE EXCEPTION 'only an organisation that nobody has claimed is given a name' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER named_once BEFORE UPDATE OF name ON organisation FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name AND OLD.state <> 'UNCLAIMED') EXECUTE FUNCTION named_once();
GRANT UPDATE (name) ON organisation TO tocsin_app;`;
