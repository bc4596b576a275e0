import type { TestDatabase } from '../support/database.ts';

/** How many organisations share the rows; each is vendor, coordinator, provider and operator of its share. */
const SHARES = 20;
const ROWS = 12_000;

/** One operator has most of the claims, as on a hub of one country; the others have few. */
const OPERATOR = `CASE n / ${SHARES} % 4 WHEN 0 THEN next ELSE (SELECT id FROM share WHERE k = 0) END`;

/** In the order of their dependence. `n` runs over the rows; every table gives each share as much. */
const FILL = [
  `CREATE TEMPORARY TABLE share AS SELECT k, uuidv7() AS id FROM generate_series(0, ${SHARES - 1}) k`,
  `INSERT INTO organisation (id, name, roles, operator_id)
   SELECT id, 'share ' || k, '{VENDOR,CERT,PROVIDER,OPERATOR}', id FROM share`,
  `CREATE TEMPORARY TABLE n AS SELECT n, s.id AS mine, t.id AS next, u.id AS third, uuidv7() AS report, uuidv7() AS the_case, uuidv7() AS item,
      uuidv7() AS referral, uuidv7() AS child, sha256(convert_to(n::text, 'UTF8')) AS hash, now() + n * interval '1 s' AS at
     FROM generate_series(1, ${ROWS}) n JOIN share s ON s.k = n % ${SHARES} JOIN share t ON t.k = (n + 1) % ${SHARES} JOIN share u ON u.k = (n + 2) % ${SHARES}`,
  `INSERT INTO member (id, organisation_id, name, email) SELECT uuidv7(), mine, 'm', n || '@m.example' FROM n`,
  `INSERT INTO client (id, organisation_id, name, permissions, key_hash) SELECT uuidv7(), mine, 'c', '{events:read}', hash FROM n`,
  `INSERT INTO report (id, owner_id, owner_name, content_hash, title, tlp, tell, coordinator_id, state, created_at)
   SELECT report, mine, 'o', hash, 't', 'AMBER', 'RESPONSIBLE_PARTIES', next, 'SEALED', at FROM n`,
  `INSERT INTO triage_case (id, coordinator_id, coordinator_name, resource, resource_kind, value, host, list_version, state, opened_at, due_at)
   SELECT the_case, next, 'c', hash, 'NAME', n || '.example', n || '.example', 'l', (ARRAY['NEW', 'CONFIRMED', 'REFERRED'])[1 + n % 3], at, at FROM n`,
  `INSERT INTO indicator (id, report_id, reporter_id, coordinator_id, case_id, case_version, ord, type, value, resource, resource_kind, resource_value, list_version, category, content_hash, outcome, consents)
   SELECT uuidv7(), report, mine, next, the_case, 1, o, 'DOMAIN', n || '.' || o || '.example', hash, 'NAME', n || '.example', 'l', 'PHISHING', hash, 'IN_TRIAGE', true FROM n, generate_series(0, 1) o`,
  `INSERT INTO responsibility (report_id, resource, role, reporter_id, coordinator_id, resource_kind, resource_value, state, since)
   SELECT report, hash, r, mine, next, 'NAME', n || '.example', 'NOT_TOLD', at FROM n, unnest('{HOST,REGISTRAR}'::text[]) r`,
  `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at, decided_at)
   SELECT uuidv7(), mine, 'p', ${OPERATOR}, 'DOMAIN_SUFFIX', 'HOST', n || '.example', (ARRAY['PENDING', 'VERIFIED'])[1 + n % 2], at, at FROM n`,
  `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, consenter_id, kind, role, value, state, created_at)
   SELECT uuidv7(), mine, 'p', ${OPERATOR}, third, 'CONTACT_FOR', 'HOST', 'www.' || n || '.example', 'PENDING', at FROM n WHERE n % 2 = 0`,
  `INSERT INTO party_fact (id, object_id, report_id, source, kind, value, noted_at)
   SELECT uuidv7(), the_case, report, 'REPORTER', k, CASE k WHEN 'ASN' THEN n::text WHEN 'ADDRESS' THEN ('192.0.2.' || n % 256) ELSE n || '.dns.example' END, at
     FROM n, unnest('{ASN,ADDRESS,NAME_SERVER}'::text[]) k`,
  `INSERT INTO named_party (id, coordinator_id, resource, role, says, provider, said_in, case_version, named_at)
   SELECT uuidv7(), next, hash, 'REGISTRAR', 'PARTY', third, the_case, 1, at FROM n`,
  `INSERT INTO party_contact (id, coordinator_id, provider_id, role, mark, noted_in, noted_at)
   SELECT uuidv7(), mine, third, r, 'FORM', (SELECT the_case FROM n LIMIT 1), now() FROM (SELECT DISTINCT mine, third FROM n) x, unnest('{HOST,REGISTRAR}'::text[]) r`,
  `INSERT INTO inbox_item (id, provider_id, role, resource, resource_kind, value, state, due_at, sent_at)
   SELECT item, third, 'HOST', hash, 'NAME', n || '.example', (ARRAY['SENT', 'ACKNOWLEDGED', 'ACTIONED'])[1 + n % 3], at, at FROM n`,
  `INSERT INTO inbox_item (id, provider_id, parent_id, delegator_id, role, resource, resource_kind, value, state, due_at, sent_at)
   SELECT child, mine, item, third, 'HOST', hash, 'NAME', n || '.example', 'SENT', at, at FROM n WHERE n % 3 = 1`,
  `UPDATE inbox_item p SET delegation = c.id, state = 'DELEGATED' FROM inbox_item c WHERE c.parent_id = p.id`,
  `INSERT INTO delegated_observable (item_id, ord, provider_id, delegator_id, type, value, category)
   SELECT child, o, mine, third, 'DOMAIN', n || '.example', 'PHISHING' FROM n, generate_series(0, 1) o WHERE n % 3 = 1`,
  `INSERT INTO referral (id, case_id, coordinator_id, coordinator_name, provider_id, provider_name, item_id, role, resource_kind, value, assessment,
     requested_action, legal_basis, state, due_at, sent_at, item_version)
   SELECT referral, the_case, next, 'c', third, 'p', item, 'HOST', 'NAME', n || '.example', 'UNKNOWN', 'TAKE_DOWN', 'VOLUNTARY_COOPERATION',
     (ARRAY['SENT', 'ACKNOWLEDGED', 'ACTIONED'])[1 + n % 3], at, at, 1 FROM n`,
  `INSERT INTO referred_observable (referral_id, ord, provider_id, coordinator_id, indicator_id, type, value, category)
   SELECT referral, o, third, next, uuidv7(), 'DOMAIN', n || '.example', 'PHISHING' FROM n, generate_series(0, 1) o`,
  `INSERT INTO reader (organisation_id, object_id, capacity) SELECT next, report, 'COORDINATOR' FROM n
    UNION ALL SELECT third, the_case, 'CO_COORDINATOR' FROM n WHERE n % 50 = 0`,
  `INSERT INTO question (id, case_id, coordinator_id, coordinator_name, report_id, reporter_id, resource_kind, resource_value, question, state, asked_at)
   SELECT uuidv7(), the_case, next, 'c', report, mine, 'NAME', n || '.example', 'q', 'ASKED', at FROM n`,
  `CREATE TEMPORARY TABLE e AS SELECT n, mine, report, uuidv7() AS entry FROM n`,
  `INSERT INTO ledger_payload (entry_id, salt, body) SELECT entry, sha256('a'), convert_to('{}', 'UTF8') FROM e`,
  `INSERT INTO entry_subject (subject_id, entry_id) SELECT report, entry FROM e`,
  `INSERT INTO feed (organisation_id, seq, entry_id, kind, hash)
   SELECT mine, row_number() OVER (PARTITION BY mine ORDER BY n), entry, 'REPORT_SUBMITTED', sha256('a') FROM e`,
  `INSERT INTO feed_head (organisation_id, seq, hash) SELECT mine, count(*), sha256('a') FROM e GROUP BY 1`,
  `INSERT INTO idempotency (organisation_id, key, operation, input_hash, answer) SELECT mine, 'k' || n, 'submitReport', hash, '{}' FROM n`,
  'ANALYZE',
];

/** Rows enough for the planner to mind how it reads them; written as the superuser, past triggers and foreign keys. */
export async function fill(database: TestDatabase): Promise<void> {
  await database.admin('SET session_replication_role = replica');
  for (const statement of FILL) await database.admin(statement);
  await database.admin('SET session_replication_role = origin');
}
