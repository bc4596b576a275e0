import type { Work } from '../platform/database/work.ts';

/** What /readyz says. A hub that signs nothing serves all the same: it is ready, and says what to mend. */
export interface Health {
  readonly ok: boolean;
  readonly proof?: { readonly code: string; readonly message: string; readonly since: string };
}

export async function readHealth(work: Work): Promise<Health> {
  const [row] = await work.readAsSystem((tx) =>
    tx.query<{ refusal: string | null; refusal_message: string; refused_at: Date }>(
      'SELECT refusal, refusal_message, refused_at FROM ledger_tree WHERE log_id = 1',
    ),
  );
  if (row?.refusal == null) return { ok: true };
  return { ok: true, proof: { code: row.refusal, message: row.refusal_message, since: row.refused_at.toISOString() } };
}
