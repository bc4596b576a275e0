import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { PartiesResolved, type DescribedRow } from './party.facts.ts';

/**
 * A coordinator said who can act on its cases: that is what is known from now on, and the flow goes on by the fact that
 * more is known. Of two words of its own the later one counts, in whichever order they come.
 */
export async function rememberDescribed(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<DescribedRow>[],
): Promise<Outcome> {
  const said = new Map<string, DescribedRow>();
  for (const row of entries.flatMap(({ rows }) => rows)) {
    if (row.version > (said.get(row.id)?.version ?? 0)) said.set(row.id, row);
  }
  const ids = [...said.keys()];
  await tx.query('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [ids]);
  const named = await tx.query<{ id: string }>(
    `UPDATE triage_case c SET hosting_version = n.version FROM unnest($1::uuid[], $2::int[]) AS n(id, version)
      WHERE c.id = n.id AND c.hosting_version < n.version RETURNING c.id`,
    [ids, [...said.values()].map(({ version }) => version)],
  );
  const newer = new Set(named.map(({ id }) => id));
  const facts = [...said.values()].filter(({ id }) => newer.has(id)).flatMap((row) => factsOf(row));
  const at = clock.now();
  await tx.query(`DELETE FROM party_fact WHERE source = 'COORDINATOR' AND object_id = ANY ($1)`, [[...newer]]);
  await tx.query(
    `INSERT INTO party_fact (id, object_id, report_id, source, kind, role, value, seen_at, noted_at)
     SELECT gen_random_uuid(), f.id, NULL, 'COORDINATOR', f.kind, f.role, f.value, f.seen_at, $1
       FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS f(id, kind, role, value, seen_at)
     ON CONFLICT DO NOTHING`,
    [
      at,
      facts.map(({ id }) => id),
      facts.map(({ kind }) => kind),
      facts.map(({ role }) => role),
      facts.map(({ value }) => value),
      facts.map(({ seenAt }) => seenAt),
    ],
  );
  const known = [...newer].map((id) => ({ id, facts: said.get(id)?.facts.length ?? 0 }));
  await append(tx, theHub(at), await draftsOf(tx, PartiesResolved, known));
  return 'done';
}

const factsOf = ({ id, facts }: DescribedRow) => facts.map((fact) => ({ id, ...fact }));
