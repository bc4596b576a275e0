import { randomUUID } from 'node:crypto';

import type pg from 'pg';

/** How much lies in a coordinator's queue. */
export interface Queue {
  readonly cases: number;
  /** To as many parties, in each case. */
  readonly referrals: number;
  /** Seen on the resource, in each case. */
  readonly indicators: number;
}

/**
 * Open cases of a coordinator, due a second apart from now on, written as the superuser past triggers and foreign
 * keys: through the hub a million would take hours. The instants are whole milliseconds, as all that the hub writes.
 */
export async function fillCases(admin: pg.Client, coordinatorId: string, queue: Queue): Promise<void> {
  const { cases, referrals, indicators } = queue;
  const reporter = randomUUID();
  await admin.query(`SET session_replication_role = replica`);
  await admin.query(
    `CREATE TEMPORARY TABLE n AS SELECT n, uuidv7() AS the_case, sha256(n::text::bytea) AS hash,
        date_trunc('milliseconds', now()) + n * interval '1 s' AS at FROM generate_series(1, ${cases}) n`,
  );
  await admin.query(
    `INSERT INTO triage_case (id, coordinator_id, coordinator_name, resource, resource_kind, value, host, list_version, state, opened_at, due_at)
     SELECT the_case, $1, 'CERT', hash, 'NAME', n || '.example', n || '.example', 'bench', 'REFERRED', at, at FROM n`,
    [coordinatorId],
  );
  await admin.query(
    `INSERT INTO referral (id, case_id, coordinator_id, coordinator_name, provider_id, provider_name, item_id, role, resource_kind, value,
       assessment, requested_action, legal_basis, state, due_at, sent_at, item_version)
     SELECT uuidv7(), the_case, $1, 'CERT', gen_random_uuid(), 'provider ' || k, gen_random_uuid(), 'HOST', 'NAME', n || '.example',
       'UNKNOWN', 'TAKE_DOWN', 'VOLUNTARY_COOPERATION', 'SENT', at, at, 1 FROM n, generate_series(1, ${referrals}) k`,
    [coordinatorId],
  );
  await admin.query(
    `INSERT INTO indicator (id, report_id, reporter_id, coordinator_id, case_id, case_version, ord, type, value, resource, resource_kind,
       resource_value, list_version, category, content_hash, outcome, consents, last_seen)
     SELECT uuidv7(), the_case, $2, $1, the_case, 1, k, 'DOMAIN', k || '.' || n || '.example', hash, 'NAME', n || '.example', 'bench',
       'PHISHING', hash, 'REFERRED', true, at FROM n, generate_series(1, ${indicators}) k`,
    [coordinatorId, reporter],
  );
  await admin.query('DROP TABLE n');
  await admin.query('SET session_replication_role = origin');
  await admin.query('VACUUM ANALYZE');
}
