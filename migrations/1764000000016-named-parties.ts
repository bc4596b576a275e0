import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What coordinators say of who can act, and of how a party is reached. It wins over claims and look-ups. */
export class NamedParties1764000000016 implements MigrationInterface {
  readonly name = 'NamedParties1764000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(TABLES);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(MATCH);
    await runner.query(OF_CASES);
    await runner.query(FORESEE);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
    await runner.query(POLICIES);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const TABLES = `
-- A coordinator's word on who acts on a resource in one role: remembered for the resource, whatever becomes of the case.
CREATE TABLE named_party (
  id uuid PRIMARY KEY, coordinator_id uuid NOT NULL REFERENCES organisation, resource bytea NOT NULL,
  role text NOT NULL CHECK (role IN ('REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY', 'NETWORK', 'PLATFORM', 'MAIL_PROVIDER')),
  -- NOTHING: the word was taken back, and what else is known counts again.
  says text NOT NULL CHECK (says IN ('PARTY', 'NOBODY', 'NOTHING')),
  -- A member, or a key: whoever holds that has been named, today and when somebody else proves it to be his.
  provider uuid REFERENCES organisation,
  kind text CHECK (kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN')), value text CHECK (length(value) <= 300),
  key text GENERATED ALWAYS AS (kind || ' ' || CASE kind WHEN 'CONTACT_DOMAIN' THEN role || ' ' ELSE '' END || value) STORED,
  reason text CHECK (length(reason) BETWEEN 1 AND 2000),
  -- In which case it was said, and what had joined that by then.
  said_in uuid NOT NULL REFERENCES triage_case, case_version int NOT NULL, named_at timestamptz NOT NULL,
  CHECK ((kind IS NULL) = (value IS NULL)),
  CHECK ((provider IS NOT NULL)::int + (kind IS NOT NULL)::int = CASE says WHEN 'PARTY' THEN 1 ELSE 0 END));
CREATE UNIQUE INDEX named_once ON named_party (coordinator_id, resource, role);
CREATE INDEX named_key ON named_party (key) WHERE key IS NOT NULL;
CREATE INDEX named_provider ON named_party (provider) WHERE provider IS NOT NULL;

-- How a coordinator reaches a party, in its own words.
CREATE TABLE party_contact (
  id uuid PRIMARY KEY, coordinator_id uuid NOT NULL REFERENCES organisation, provider_id uuid NOT NULL REFERENCES organisation, role text NOT NULL,
  contact text CHECK (length(contact) BETWEEN 1 AND 500), mark text CHECK (mark IN ('FORM', 'DEAD', 'HOSTILE')),
  noted_in uuid NOT NULL REFERENCES triage_case, noted_at timestamptz NOT NULL);
CREATE UNIQUE INDEX contact_once ON party_contact (coordinator_id, provider_id, role);

SELECT protect('{named_party,party_contact}');
SELECT log_changes('named_party', 'said_in'), log_changes('party_contact', 'noted_in');
-- Whom one coordinator names, and how it reaches them, is no business of those who read the case beside it.
INSERT INTO entry_kind VALUES ('PARTIES_CORRECTED', 'triage_case', '{coordinator}'), ('PARTY_CONTACTS_SET', 'triage_case', '{coordinator}');`;

const MATCH = `
-- What the coordinator of a case has said of it and counts: for the whole case all of it; for one report what was said
-- when that had joined already, or once it was decided on. Counted sooner, an older word would tell a reporter that
-- somebody had reported the resource before.
CREATE FUNCTION words_on(the_case uuid, report uuid) RETURNS SETOF named_party LANGUAGE sql STABLE AS $$
  SELECT n.* FROM hub.triage_case c JOIN hub.named_party n ON n.coordinator_id = c.coordinator_id AND n.resource = c.resource AND n.says <> 'NOTHING'
   WHERE c.id = the_case AND (report IS NULL OR EXISTS (SELECT FROM hub.indicator i WHERE i.case_id = the_case AND i.report_id = report
     AND (i.case_version <= c.confirmed_version OR n.said_in = the_case AND i.case_version <= n.case_version))) $$;

-- What is known to lie behind a case and counts; what its coordinator has said of it under the same conditions.
CREATE FUNCTION facts_on(the_case uuid, report uuid) RETURNS SETOF party_fact LANGUAGE sql STABLE AS $$
  SELECT f.* FROM hub.party_fact f WHERE f.object_id = the_case AND (report IS NULL OR CASE f.source WHEN 'COORDINATOR'
     THEN EXISTS (SELECT FROM hub.triage_case c JOIN hub.indicator i ON i.case_id = c.id AND i.report_id = report
                   WHERE c.id = the_case AND i.case_version <= greatest(c.confirmed_version, c.hosting_version))
     ELSE coalesce(f.report_id, report) = report END) $$;

-- Who can act on each case, and by whom that was given; as match_parties says, with whoever is suspended, and where the
-- coordinator has named somebody in a role, by its word alone. The order of claims is that of foresee_parties.
CREATE FUNCTION match_all(cases uuid[], reports uuid[]) RETURNS TABLE (
  case_id uuid, report_id uuid, role text, provider_id uuid, provider_name text, unclaimed boolean, suspended boolean, claim_kind text, claim text, given_by text)
LANGUAGE sql STABLE ROWS 10 SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT q.case_id, q.report_id, m.role, m.organisation_id, m.name, m.state = 'UNCLAIMED', m.state = 'SUSPENDED', m.kind, m.value, m.given_by
    FROM unnest(cases, reports) AS q(case_id, report_id) JOIN triage_case c ON c.id = q.case_id AND c.id = ANY (cases)
   CROSS JOIN LATERAL (SELECT array(SELECT w.role FROM words_on(q.case_id, q.report_id) w) AS named) n
   CROSS JOIN LATERAL (SELECT array_agg(x.key ORDER BY x.place) AS keys, array_agg(x.source ORDER BY x.place) AS sources FROM (
      SELECT unnest(keys_of(k.kind, k.role, k.value)) AS key, k.source, array_position('{CLAIM,COORDINATOR,REPORT,LOOKUP}', k.source) AS place FROM (
        SELECT x.kind, NULL AS role, x.value, 'CLAIM' AS source FROM (VALUES ('HOST', c.host), ('MAIL_EXCHANGER', CASE c.resource_kind WHEN 'MAILBOX' THEN c.host END),
            ('ADDRESS', CASE WHEN c.resource_kind IN ('ADDRESS', 'NETWORK') THEN c.value END)) x(kind, value) WHERE x.value IS NOT NULL
        UNION ALL
        SELECT f.kind, f.role, f.value, CASE f.source WHEN 'REPORTER' THEN 'REPORT' ELSE f.source END FROM facts_on(q.case_id, q.report_id) f
         WHERE f.source = 'COORDINATOR' OR NOT EXISTS (SELECT FROM facts_on(q.case_id, q.report_id) g WHERE g.kind = f.kind AND g.source = 'COORDINATOR')) k) x) h
   CROSS JOIN LATERAL (
      SELECT DISTINCT ON (p.role) p.role, o.id AS organisation_id, o.name, o.state, p.kind, p.value, p.given_by FROM (
          SELECT a.role, a.organisation_id, a.kind, a.value, h.sources[array_position(h.keys, a.key)] AS given_by, a.decided_at, a.id FROM asset_claim a
           WHERE a.key = ANY (h.keys) AND a.state IN ('VERIFIED', 'EXPIRING') AND a.role = ANY (roles_that_act(c.resource_kind)) AND a.role <> ALL (n.named)
          UNION ALL
          SELECT w.role, a.organisation_id, a.kind, a.value, 'COORDINATOR', a.decided_at, a.id FROM words_on(q.case_id, q.report_id) w
            JOIN asset_claim a ON a.key = w.key AND a.role = w.role AND a.state IN ('VERIFIED', 'EXPIRING')
          UNION ALL
          SELECT w.role, w.provider, NULL, NULL, 'COORDINATOR', NULL, NULL FROM words_on(q.case_id, q.report_id) w WHERE w.provider IS NOT NULL) p
        JOIN organisation o ON o.id = p.organisation_id
       ORDER BY p.role, o.state = 'SUSPENDED', o.state = 'UNCLAIMED',
         CASE WHEN p.kind IN ('DOMAIN_SUFFIX', 'MAIL_DOMAIN') THEN 0 WHEN p.kind = 'CONTACT_FOR' AND p.value NOT LIKE '%/%' THEN 0
           WHEN p.kind IN ('ASN', 'TLD') THEN 2 WHEN p.kind = 'CONTACT_DOMAIN' THEN 3 ELSE 1 END,
         CASE WHEN p.kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN') THEN 0
           WHEN p.value LIKE '%/%' THEN split_part(p.value, '/', 2)::int ELSE length(p.value) END DESC,
         p.kind = 'CONTACT_FOR' DESC, p.decided_at, p.id) m $$;
REVOKE ALL ON FUNCTION match_all FROM PUBLIC; GRANT EXECUTE ON FUNCTION match_all TO tocsin_system;

-- Nobody reads for a suspended organisation.
CREATE OR REPLACE FUNCTION match_parties(cases uuid[], reports uuid[]) RETURNS TABLE (
  case_id uuid, report_id uuid, role text, provider_id uuid, provider_name text, unclaimed boolean, claim_kind text, claim text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT m.case_id, m.report_id, m.role, m.provider_id, m.provider_name, m.unclaimed, m.claim_kind, m.claim FROM match_all(cases, reports) m WHERE NOT m.suspended $$;`;

const OF_CASES = `
-- The parties of cases for their coordinator, with how it reaches them, and for the flow. Whoever is suspended is said to be.
DROP FUNCTION parties_of_cases;
CREATE FUNCTION parties_of_cases(ids uuid[]) RETURNS TABLE (
  case_id uuid, role text, provider_id uuid, provider_name text, claim text, claim_kind text, unclaimed boolean, suspended boolean, given_by text, contact text, mark text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT m.case_id, m.role, m.provider_id, m.provider_name, m.claim, m.claim_kind, m.unclaimed, m.suspended, m.given_by, p.contact, p.mark
    FROM (SELECT array_agg(c.id) AS of_mine, array_agg(NULL::uuid) AS whole FROM triage_case c
           WHERE c.id = ANY (ids) AND (session_user = 'tocsin_system' OR c.coordinator_id = me())) a
   CROSS JOIN LATERAL match_all(a.of_mine, a.whole) m JOIN triage_case t ON t.id = m.case_id
    LEFT JOIN party_contact p ON p.coordinator_id = t.coordinator_id AND p.provider_id = m.provider_id AND p.role = m.role $$;
REVOKE ALL ON FUNCTION parties_of_cases FROM PUBLIC; GRANT EXECUTE ON FUNCTION parties_of_cases TO tocsin_app, tocsin_system;

-- The open cases to look at again when claims were decided, or when the standing of providers changed: from one on, in order.
CREATE FUNCTION cases_reached(claims uuid[], providers uuid[], after uuid, n int) RETURNS TABLE (id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT x.id FROM (
      SELECT r.id FROM cases_of_claims(claims, after, n) r
      UNION
      SELECT c.id FROM (SELECT p.coordinator_id, p.resource FROM named_party p WHERE p.provider = ANY (providers)
                        UNION SELECT p.coordinator_id, p.resource FROM asset_claim a JOIN named_party p ON p.key = a.key WHERE a.id = ANY (claims)) w
        JOIN triage_case c ON c.coordinator_id = w.coordinator_id AND c.resource = w.resource AND c.state NOT IN ('RESOLVED', 'REJECTED', 'RETRACTED', 'UNRESOLVED', 'WITHDRAWN')) x
   WHERE x.id > after ORDER BY x.id LIMIT n $$;
REVOKE ALL ON FUNCTION cases_reached FROM PUBLIC; GRANT EXECUTE ON FUNCTION cases_reached TO tocsin_system;`;

const FORESEE = `
-- Who can act on a resource by verified claims, by what the asker itself says of it ([{kind, value}]) and by whom it has
-- named: no case, item or look-up is read, and no organisation that the hub made because of what somebody else
-- reported. The order is that of match_all.
DROP FUNCTION foresee_parties;
CREATE FUNCTION foresee_parties(resource_kind text, host text, resource_value text, facts jsonb, resource_hash bytea) RETURNS TABLE (
  role text, party text, unclaimed boolean, suspended boolean, claim_kind text, claim text, since timestamptz, given_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT DISTINCT ON (p.role) p.role, p.name, p.state = 'UNCLAIMED', p.state = 'SUSPENDED', p.kind, p.value, p.decided_at, p.given_by FROM (
      SELECT a.role, o.name, o.state, a.kind, a.value, a.decided_at, h.sources[array_position(h.keys, a.key)] AS given_by, a.id
        FROM (SELECT array_agg(x.key ORDER BY x.source) AS keys, array_agg(x.source ORDER BY x.source) AS sources FROM (
            SELECT unnest(keys_of(k.kind, NULL, k.value)) AS key, k.source FROM (
                VALUES ('HOST', host, 'CLAIM'), ('MAIL_EXCHANGER', CASE resource_kind WHEN 'MAILBOX' THEN host END, 'CLAIM'),
                  ('ADDRESS', CASE WHEN resource_kind IN ('ADDRESS', 'NETWORK') THEN resource_value END, 'CLAIM')
                UNION ALL SELECT f->>'kind', f->>'value', 'REPORT' FROM jsonb_array_elements(facts) f) k(kind, value, source) WHERE k.value IS NOT NULL) x) h
        JOIN asset_claim a ON a.key = ANY (h.keys) AND a.state IN ('VERIFIED', 'EXPIRING') AND a.role = ANY (roles_that_act(resource_kind))
        JOIN organisation o ON o.id = a.organisation_id AND o.state <> 'UNCLAIMED'
       WHERE NOT EXISTS (SELECT FROM named_party n WHERE n.coordinator_id = me() AND n.resource = resource_hash AND n.role = a.role AND n.says <> 'NOTHING')
      UNION ALL
      SELECT n.role, o.name, o.state, a.kind, a.value, a.decided_at, 'COORDINATOR', a.id FROM named_party n
        JOIN asset_claim a ON a.key = n.key AND a.role = n.role AND a.state IN ('VERIFIED', 'EXPIRING') JOIN organisation o ON o.id = a.organisation_id
       WHERE n.coordinator_id = me() AND n.resource = resource_hash
      UNION ALL
      SELECT n.role, o.name, o.state, NULL, NULL, n.named_at, 'COORDINATOR', NULL FROM named_party n JOIN organisation o ON o.id = n.provider
       WHERE n.coordinator_id = me() AND n.resource = resource_hash) p
   ORDER BY p.role, p.state = 'SUSPENDED', p.state = 'UNCLAIMED',
     CASE WHEN p.kind IN ('DOMAIN_SUFFIX', 'MAIL_DOMAIN') THEN 0 WHEN p.kind = 'CONTACT_FOR' AND p.value NOT LIKE '%/%' THEN 0
       WHEN p.kind IN ('ASN', 'TLD') THEN 2 WHEN p.kind = 'CONTACT_DOMAIN' THEN 3 ELSE 1 END,
     CASE WHEN p.kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN') THEN 0
       WHEN p.value LIKE '%/%' THEN split_part(p.value, '/', 2)::int ELSE length(p.value) END DESC,
     p.kind = 'CONTACT_FOR' DESC, p.decided_at, p.id $$;
REVOKE ALL ON FUNCTION foresee_parties FROM PUBLIC; GRANT EXECUTE ON FUNCTION foresee_parties TO tocsin_app;`;

/** Of its own cases alone, in roles that act on them, and whom it may know: a member by an id that it was given, or a party of the case. */
const NAMES = `coordinator_id = (SELECT me())
  AND EXISTS (SELECT FROM triage_case c WHERE c.id = said_in AND c.coordinator_id = (SELECT me()) AND c.resource = named_party.resource AND named_party.role = ANY (roles_that_act(c.resource_kind)))
  AND (provider IS NULL OR EXISTS (SELECT FROM delegate_named(provider)))`;
const REACHES = `coordinator_id = (SELECT me())
  AND EXISTS (SELECT FROM parties_of_cases(ARRAY[noted_in]) p WHERE p.provider_id = party_contact.provider_id AND p.role = party_contact.role)`;

const POLICIES = `
CREATE POLICY own ON named_party FOR SELECT TO tocsin_app USING (coordinator_id = (SELECT me()));
CREATE POLICY name ON named_party FOR INSERT TO tocsin_app WITH CHECK (${NAMES});
CREATE POLICY correct ON named_party FOR UPDATE TO tocsin_app USING (coordinator_id = (SELECT me())) WITH CHECK (${NAMES});
CREATE POLICY own ON party_contact FOR SELECT TO tocsin_app USING (coordinator_id = (SELECT me()));
CREATE POLICY note ON party_contact FOR INSERT TO tocsin_app WITH CHECK (${REACHES});
CREATE POLICY correct ON party_contact FOR UPDATE TO tocsin_app USING (coordinator_id = (SELECT me())) WITH CHECK (${REACHES});
GRANT SELECT ON named_party, party_contact TO tocsin_app;
GRANT INSERT (id, coordinator_id, resource, role, says, provider, kind, value, reason, said_in, case_version, named_at) ON named_party TO tocsin_app;
GRANT UPDATE (says, provider, kind, value, reason, said_in, case_version, named_at) ON named_party TO tocsin_app;
GRANT INSERT ON party_contact TO tocsin_app;
GRANT UPDATE (contact, mark, noted_in, noted_at) ON party_contact TO tocsin_app;`;
