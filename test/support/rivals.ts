import type { World } from './world.ts';

/** Nothing follows from what is done meanwhile: a rival transaction holds the cursors of the flow. */
export async function whileFlowWaits(world: World, act: () => Promise<unknown>): Promise<void> {
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM follower FOR UPDATE');
  try {
    await act();
    await numbered(world);
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

/** The advisory lock of this name and use is a rival's while it acts. */
export async function whileLocked<Result>(
  { database }: World,
  [name, use]: readonly [string, number],
  act: () => Promise<Result>,
): Promise<Result> {
  const rival = await database.connect('tocsin_app');
  await rival.query('BEGIN');
  await rival.query('SELECT pg_advisory_xact_lock(hashtextextended($1, $2))', [name, use]);
  try {
    return await act();
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

/** Until every entry has its place in the ledger and in the feeds. */
export async function numbered({ database }: World): Promise<void> {
  for (let busy = true; busy;) {
    const [row] = await database.admin<{ busy: boolean }>('SELECT EXISTS (SELECT FROM ledger_inbox) AS busy');
    busy = row?.busy ?? false;
  }
}

/** Until so many sessions wait for a lock that somebody else holds. */
export async function waitingForLocks({ database }: World, sessions: number): Promise<void> {
  for (let found = 0; found < sessions;) {
    const [row] = await database.admin<{ found: number }>(
      `SELECT count(*)::int AS found FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    found = row?.found ?? 0;
  }
}

/** Nothing is numbered meanwhile: a rival transaction holds the head of the ledger. */
export async function whileUnnumbered<Result>({ database }: World, act: () => Promise<Result>): Promise<Result> {
  const rival = await database.connect('tocsin_ledger');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM ledger_head FOR UPDATE');
  try {
    return await act();
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}
