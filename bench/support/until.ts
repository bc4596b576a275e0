import type pg from 'pg';

/** How often it is asked: the asking must not be felt by what is measured. */
const EVERY_MS = 10;

/** Until nothing waits for a case and the coordinator's feed holds every case that there is. */
export async function untilAdmitted(admin: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await admin.query<{ waiting: boolean }>(
      // In the order of the index of what waits: without, the whole table is read as long as nobody has analysed it.
      `SELECT (SELECT id FROM indicator WHERE outcome = 'RECEIVED' ORDER BY report_id, ord LIMIT 1) IS NOT NULL OR EXISTS (SELECT FROM ledger_inbox) AS waiting`,
    );
    if (!rows[0]?.waiting) return;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
