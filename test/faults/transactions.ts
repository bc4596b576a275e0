import type { MigrationInterface, QueryRunner } from 'typeorm';

import { migrations } from '../../src/app/migrations.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { audit } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

/** Draws the next ticket, as whoever appends does, and does not come to an end. */
const DRAW = `SELECT nextval(pg_get_serial_sequence('hub.ledger_inbox', 'ticket'))`;

/** Somebody holds a ticket, and somebody else an old snapshot, for as long as a person is at lunch. */
async function forgotten(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const [writer, analyst] = [await stand.connect(), await stand.connect()];
  await writer.query(`BEGIN; ${DRAW}; SELECT pg_current_xact_id()`);
  await analyst.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM ledger');
  const since = Date.now();
  await load.goesOn(mutations);
  load.slowsDown();
  await until('both have been open for long enough', () => short || Date.now() - since > 600_000, 700_000);
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  const [dead] = await stand.rows<{ n: string }>(
    `SELECT n_dead_tup AS n FROM pg_stat_user_tables WHERE relname = 'ledger_inbox'`,
  );
  await Promise.all([writer.end(), analyst.end()]);
  const seconds = Math.round((Date.now() - since) / 1000);
  const seen = { 'seconds open': seconds, 'dead rows of the inbox': dead?.n ?? '?' };
  return { injected: 2, acknowledged: load.acknowledged, ...books, seen };
}

/** A release that gives the busiest table another column. */
class AddColumn1999999999999 implements MigrationInterface {
  readonly name = 'AddColumn1999999999999';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE hub.report ADD COLUMN of_an_experiment text');
  }

  async down(): Promise<void> {
    // Forward only.
  }
}

/** The migration finds the table in use, gives up its place in the queue, and is run again until it gets through. */
async function migrated(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  await load.goesOn(10);
  const reader = await stand.connect();
  await reader.query('BEGIN; SELECT FROM report');
  const address = server.address(stand.database);
  let refused = 0;
  let applied: string[] = [];
  for (const free = short ? 1 : 3; applied.length === 0;) {
    try {
      applied = await migrate(address, [...migrations, AddColumn1999999999999]);
    } catch (error) {
      must(String(error).includes('lock timeout'), `The migration failed otherwise: ${String(error)}`);
      refused += 1;
      await load.goesOn(5);
    }
    if (refused === free) await reader.query('ROLLBACK');
  }
  await reader.end();
  must(refused > 0, 'The migration did not wait for anybody.');
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  return { injected: refused, acknowledged: load.acknowledged, ...books, seen: { 'sent again': load.unanswered } };
}

export const forgottenTransactions: Experiment = {
  name: 'forgotten-transactions',
  sentence: 'a transaction that has drawn a ticket and one with an old snapshot stay open: everything else is numbered',
  run: forgotten,
};
export const migrationUnderLoad: Experiment = {
  name: 'migration-under-load',
  sentence:
    'a migration of a table in use is refused after 3 s of waiting, is run again, and gets through; the load goes on',
  run: migrated,
};
