import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The look for an entry of a row, at every COMMIT, no longer grows with the entries that the row has had. */
export class Subjects1764000000029 implements MigrationInterface {
  readonly name = 'Subjects1764000000029';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(SUBJECTS);
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const SUBJECTS = `
-- must_be_logged asks for the entries of a row in this transaction; by the old key it read all that there ever were of
-- the row, and an organisation has very many. No entry is of two transactions, so it still lists a row at most once.
ALTER TABLE entry_subject DROP CONSTRAINT entry_subject_pkey, ADD PRIMARY KEY (subject_id, txid, entry_id);`;
