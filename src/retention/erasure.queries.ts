import type { Tx } from '../platform/database/tx.ts';
import { ERASED } from './erasure.ts';

/** Ids of rows that are concerned, by their type. */
export interface Rows {
  report: string[];
  indicator: string[];
  triage_case: string[];
  question: string[];
  referral: string[];
  inbox_item: string[];
}

export interface Due {
  readonly id: string;
  readonly organisation: string;
  readonly entry: string;
  readonly reason: string;
  readonly type: string;
  readonly started: boolean;
}

/** As many entries in one transaction. */
export const PART = 1000;
/** What is left of an address where the database must be able to read one. */
const NO_ADDRESS = '0.0.0.0';

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);
const word = (value: string): string =>
  `CASE WHEN resource_kind IN ('ADDRESS', 'NETWORK') THEN '${NO_ADDRESS}' ELSE '${ERASED}' END, ${value}`;

export function due(tx: Tx): Promise<Due[]> {
  return tx.query<Due>(
    `SELECT e.id, e.organisation_id AS organisation, e.entry_id AS entry, e.reason, e.started, k.subject_type AS type
       FROM erasure e JOIN ledger l ON l.entry_id = e.entry_id JOIN entry_kind k ON k.kind = l.kind
      WHERE e.done_at IS NULL ORDER BY e.ordered_at, e.id LIMIT 10 FOR UPDATE OF e SKIP LOCKED`,
  );
}

export const subjectsOf = async (tx: Tx, entry: string): Promise<string[]> =>
  idsOf(await tx.query<{ id: string }>('SELECT subject_id AS id FROM entry_subject WHERE entry_id = $1', [entry]));

/** Those of these reports, or these; once their words are gone, only those of which they are: others may have come since. */
export async function indicatorsOf(tx: Tx, type: string, ids: readonly string[], started: boolean): Promise<string[]> {
  const column = type === 'report' ? 'report_id' : 'id';
  return idsOf(
    await tx.query<{ id: string }>(
      `SELECT id FROM indicator WHERE ${column} = ANY ($1) AND (value ^@ '${ERASED}' OR NOT $2) ORDER BY id FOR UPDATE`,
      [ids, started],
    ),
  );
}

export const itemsOf = async (tx: Tx, referrals: readonly string[]): Promise<string[]> =>
  idsOf(await tx.query<{ id: string }>('SELECT DISTINCT item_id AS id FROM referral WHERE id = ANY ($1)', [referrals]));

export const referralsUnder = async (tx: Tx, items: readonly string[]): Promise<string[]> =>
  idsOf(await tx.query<{ id: string }>('SELECT id FROM referral WHERE item_id = ANY ($1)', [items]));

/** The requests that have a copy of one of these. */
export const referredIn = async (tx: Tx, indicators: readonly string[]): Promise<string[]> =>
  idsOf(
    await tx.query<{ id: string }>(
      'SELECT DISTINCT referral_id AS id FROM referred_observable WHERE indicator_id = ANY ($1)',
      [indicators],
    ),
  );

const STANDS = `NOT o.value ^@ '${ERASED}' AND o.id <> ALL ($1)`;

/** What was made of these indicators and of no others, and what has a copy of one among others. */
export async function madeOf(tx: Tx, indicators: readonly string[]): Promise<Rows> {
  const ask = async (sql: string, ...rest: unknown[]): Promise<string[]> =>
    idsOf(await tx.query<{ id: string }>(sql, [indicators, ...rest]));
  const cases = await ask(
    `SELECT DISTINCT i.case_id AS id FROM indicator i WHERE i.id = ANY ($1) AND i.case_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM indicator o WHERE o.case_id = i.case_id AND ${STANDS})`,
  );
  const report = await ask('SELECT DISTINCT report_id AS id FROM indicator WHERE id = ANY ($1)');
  const question = await ask(
    `SELECT DISTINCT q.id FROM question q JOIN indicator i ON i.report_id = q.report_id AND i.case_id = q.case_id WHERE i.id = ANY ($1)
        AND NOT EXISTS (SELECT FROM indicator o WHERE o.report_id = q.report_id AND o.case_id = q.case_id AND ${STANDS})`,
  );
  const referral = await ask('SELECT id FROM referral WHERE case_id = ANY ($2) AND $1::uuid[] IS NOT NULL', cases);
  const items = await ask(
    `SELECT DISTINCT f.item_id AS id FROM referral f WHERE f.id = ANY ($2) AND $1::uuid[] IS NOT NULL
        AND NOT EXISTS (SELECT FROM referral g JOIN triage_case c ON c.id = g.case_id
                         WHERE g.item_id = f.item_id AND g.id <> ALL ($2) AND c.value NOT IN ('${ERASED}', '${NO_ADDRESS}'))`,
    referral,
  );
  return {
    report,
    indicator: [...indicators],
    triage_case: cases,
    question,
    referral,
    inbox_item: await below(tx, items),
  };
}

/** Items, and all that was delegated of them. */
export async function below(tx: Tx, items: readonly string[]): Promise<string[]> {
  return idsOf(
    await tx.query<{ id: string }>(
      `WITH RECURSIVE under (id) AS (SELECT unnest($1::uuid[]) UNION SELECT c.id FROM inbox_item c JOIN under u ON c.parent_id = u.id)
       SELECT id FROM under`,
      [items],
    ),
  );
}

/** Copies of these indicators in requests and in what was delegated of them: the delegated items that had one. */
export async function eraseLines(tx: Tx, indicators: readonly string[]): Promise<string[]> {
  const lines = await tx.query<{ item: string; value: string }>(
    `SELECT f.item_id AS item, o.value FROM referred_observable o JOIN referral f ON f.id = o.referral_id
      WHERE o.indicator_id = ANY ($1) AND o.value <> '${ERASED}'`,
    [indicators],
  );
  const delegated = await tx.query<{ id: string }>(
    `UPDATE delegated_observable SET value = '${ERASED}' WHERE item_id = ANY ($1) AND value = ANY ($2) RETURNING item_id AS id`,
    [await below(tx, [...new Set(lines.map(({ item }) => item))]), lines.map(({ value }) => value)],
  );
  await tx.query(
    `UPDATE referred_observable SET value = '${ERASED}', comment = NULL WHERE indicator_id = ANY ($1) AND value <> '${ERASED}'`,
    [indicators],
  );
  return [...new Set(idsOf(delegated))];
}

/**
 * The rows themselves, and what hangs under them. Hashes of what stood there go too: of an address anybody can compute
 * them. `secret` turns the hash of a resource into one that nobody can, the same in every table. Cases that lost
 * something of what is known of them.
 */
export async function eraseRows(tx: Tx, rows: Rows, secret: Buffer): Promise<string[]> {
  const known = await eraseKnown(tx, rows, secret);
  const { indicator, triage_case: cases, question, referral, inbox_item: items } = rows;
  const masked = 'sha256($2 || resource)';
  const host = `CASE WHEN host IS NULL THEN NULL ELSE '${ERASED}' END`;
  await Promise.all([
    tx.query(`UPDATE question SET resource_value = '${ERASED}' WHERE id = ANY ($1)`, [question]),
    tx.query(`UPDATE referral SET (value, version) = ROW (${word('version + 1')}) WHERE id = ANY ($1)`, [referral]),
    tx.query(
      `UPDATE inbox_item SET (value, resource, version) = ROW (${word(`${masked}, version + 1`)}) WHERE id = ANY ($1)`,
      [items, secret],
    ),
    tx.query(
      `UPDATE triage_case SET (value, host, resource, version) = ROW (${word(`${host}, ${masked}, version + 1`)})
        WHERE id = ANY ($1)`,
      [cases, secret],
    ),
    tx.query(
      `UPDATE indicator SET value = '${ERASED} ' || ord, comment = NULL, external_id = NULL, hosting = NULL, version = version + 1,
              content_hash = sha256($2 || content_hash || uuid_send(id)), resource = ${masked},
              resource_value = CASE WHEN resource IS NULL THEN NULL ELSE '${ERASED}' END WHERE id = ANY ($1)`,
      [indicator, secret],
    ),
  ]);
  return known;
}

/** What was found out, remembered and told about them; before the rows are others than those that it is about. */
async function eraseKnown(tx: Tx, { indicator, triage_case: cases }: Rows, secret: Buffer): Promise<string[]> {
  const [facts, words] = await Promise.all([
    tx.query<{ id: string }>(
      `DELETE FROM party_fact p WHERE p.object_id = ANY ($2) OR EXISTS (SELECT FROM indicator i WHERE i.id = ANY ($1)
          AND i.report_id = p.report_id AND i.case_id = p.object_id AND NOT EXISTS (SELECT FROM indicator o
            WHERE o.report_id = i.report_id AND o.case_id = i.case_id AND ${STANDS})) RETURNING p.object_id AS id`,
      [indicator, cases],
    ),
    tx.query<{ id: string }>(
      `UPDATE named_party n SET resource = sha256($2 || n.resource), reason = NULL FROM triage_case c
        WHERE c.id = ANY ($1) AND n.coordinator_id = c.coordinator_id AND n.resource = c.resource RETURNING n.said_in AS id`,
      [cases, secret],
    ),
    tx.query('DELETE FROM lookup WHERE case_id = ANY ($1)', [cases]),
    tx.query(
      `UPDATE responsibility r SET resource = sha256($2 || r.resource), resource_value = '${ERASED}', provider_reference = NULL
        WHERE EXISTS (SELECT FROM indicator i WHERE i.id = ANY ($1) AND i.report_id = r.report_id AND i.resource = r.resource)
          AND NOT EXISTS (SELECT FROM indicator o WHERE o.report_id = r.report_id AND o.resource = r.resource AND ${STANDS})`,
      [indicator, secret],
    ),
  ]);
  return [...new Set(idsOf([...facts, ...words]))];
}

/** What people wrote about these rows in their own words. */
export async function eraseNotes(
  tx: Tx,
  { triage_case: cases, question, referral, inbox_item: items }: Rows,
): Promise<void> {
  await Promise.all([
    tx.query('UPDATE triage_case SET reference = NULL, version = version + 1 WHERE id = ANY ($1)', [cases]),
    tx.query(
      `UPDATE question SET question = '${ERASED}', answer = CASE WHEN answer IS NULL THEN NULL ELSE '${ERASED}' END, version = version + 1
        WHERE id = ANY ($1)`,
      [question],
    ),
    tx.query(
      `UPDATE referral SET note = NULL, answer_note = NULL, provider_reference = NULL, case_reference = NULL, correction = NULL,
              proposed_party = NULL, version = version + 1,
              question = CASE WHEN question IS NULL THEN NULL ELSE '${ERASED}' END, reply = CASE WHEN reply IS NULL THEN NULL ELSE '${ERASED}' END
        WHERE id = ANY ($1)`,
      [referral],
    ),
    tx.query(
      `UPDATE inbox_item SET note = NULL, provider_reference = NULL, suggested_party = NULL, delegation_note = NULL, version = version + 1,
              question = CASE WHEN question IS NULL THEN NULL ELSE '${ERASED}' END WHERE id = ANY ($1)`,
      [items],
    ),
  ]);
}

export async function eraseReports(tx: Tx, reports: readonly string[], secret: Buffer): Promise<void> {
  await Promise.all([
    tx.query(
      `UPDATE report SET title = '${ERASED}', narrative = NULL, threat_actors = '{}', targets = '{}', external_id = NULL, version = version + 1,
              source_id = CASE WHEN source_id IS NULL THEN NULL ELSE '${ERASED}' END, content_hash = sha256($2 || content_hash || uuid_send(id))
        WHERE id = ANY ($1)`,
      [reports, secret],
    ),
  ]);
}

/** Answers that a repeated request would get again: they may quote what was sent. */
export async function forgetAnswers(tx: Tx, reports: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM idempotency k USING report r
      WHERE r.id = ANY ($1) AND k.organisation_id = r.owner_id AND strpos(k.answer::text, r.id::text) > 0`,
    [reports],
  );
}
