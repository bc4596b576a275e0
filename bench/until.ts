import type pg from 'pg';

/** Until nothing waits for a case and the coordinator's feed holds every case that there is. */
export async function untilAdmitted(admin: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await admin.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM indicator WHERE outcome = 'RECEIVED') OR EXISTS (SELECT FROM ledger_inbox) AS waiting`,
    );
    if (!rows[0]?.waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
