import { createHash, randomUUID } from 'node:crypto';

import type pg from 'pg';

/** What a submission writes: the hub's tables with their columns, checks and indexes, without policies and triggers. */
const TABLES = ['report', 'indicator', 'responsibility', 'idempotency'] as const;

/** Makes the tables in a schema of their own, on the same server as the hub's. */
export async function makeBareTables(admin: pg.Client): Promise<void> {
  await admin.query('CREATE SCHEMA bare');
  for (const table of TABLES) await admin.query(`CREATE TABLE bare.${table} (LIKE hub.${table} INCLUDING ALL)`);
}

/** A row of each, as the hub would write them of one reported name; the keys are columns. */
export function bareRows(reporter: string, value: string) {
  const hash = createHash('sha256').update(value).digest();
  const [report, now] = [randomUUID(), new Date()];
  return {
    report: {
      ...{ id: report, owner_id: reporter, owner_name: 'VENDOR', content_hash: hash, title: 'bench', tlp: 'AMBER' },
      ...{ tell: 'RESPONSIBLE_PARTIES', coordinator_id: reporter, state: 'SEALED', next_ord: 1 },
      ...{ created_at: now, sealed_at: now },
    },
    indicator: {
      ...{ id: randomUUID(), report_id: report, reporter_id: reporter, ord: 0, type: 'DOMAIN', value },
      ...{ resource: hash, resource_kind: 'NAME', resource_value: value, list_version: 'bench', category: 'PHISHING' },
      ...{ content_hash: hash, outcome: 'RECEIVED', consents: true, for_one_coordinator: false },
    },
    responsibility: {
      ...{ report_id: report, resource: hash, role: '*', reporter_id: reporter, resource_kind: 'NAME' },
      ...{ resource_value: value, state: 'NOT_TOLD', reason: 'RESOLVING', since: now },
    },
    idempotency: {
      ...{ organisation_id: reporter, key: randomUUID(), operation: 'submitReport', input_hash: hash },
      answer: JSON.stringify({ reportId: report, firstOrd: 0, entryId: null }),
    },
  };
}

/** How many rows each of the tables holds; throws when they do not hold as many of each. */
export async function countBare(
  admin: pg.Client,
  tables: readonly (typeof TABLES)[number][] = TABLES,
): Promise<number> {
  const counts: number[] = [];
  for (const table of tables) {
    const { rows } = await admin.query<{ n: number }>(`SELECT count(*)::int AS n FROM bare.${table}`);
    counts.push(rows[0]?.n ?? NaN);
  }
  if (new Set(counts).size !== 1) throw new Error(`The tables hold ${counts.join(', ')} rows.`);
  return counts[0] ?? NaN;
}
