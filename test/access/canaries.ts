import type pg from 'pg';

import { TABLES, type Run } from '../database/oracle.ts';
import type { TestDatabase } from '../support/database.ts';

/** Columns in which people write what they like: no state, no kind, nothing that is looked up or compared. */
const FREE =
  /(^|_)(name|title|narrative|comment|note|question|answer|reply|reference|party|contact|email|external_id|delegated_to|correction)$/;
const TOKEN = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|canary\d+/g;
const WRAPPED = /[\w+/-]{20,}/g;

/** Makes every string of every row one of its own: seen anywhere, it says of which row it came. */
export async function plantCanaries({ admin }: TestDatabase): Promise<void> {
  const columns = await admin<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = 'hub' AND table_name = ANY ($1) AND data_type = 'text' ORDER BY 1, 2`,
    [TABLES],
  );
  await admin('CREATE SEQUENCE public.canary START 1000; SET session_replication_role = replica');
  for (const { table, column } of columns.filter((each) => FREE.test(each.column))) {
    await admin(
      `UPDATE ${table} SET ${column} = left(${column}, 100) || ' canary' || nextval('public.canary') WHERE ${column} IS NOT NULL`,
    );
  }
  await admin('SET session_replication_role = origin');
}

/** Ids and canaries in an answer, also in what it wraps: global ids, cursors, tokens, bodies of entries. */
function tokensIn(text: string, depth = 3): Set<string> {
  const found = new Set(text.match(TOKEN) ?? []);
  if (depth === 0) return found;
  for (const [wrapped] of text.matchAll(WRAPPED)) {
    const inside = Buffer.from(wrapped, 'base64').toString('latin1');
    for (const token of tokensIn(inside, depth - 1)) found.add(token);
  }
  return found;
}

/** What each organisation may be shown, as it stands while both fences are up. */
export class Secrets {
  private constructor(
    private readonly all: ReadonlySet<string>,
    private readonly own: ReadonlyMap<string, Set<string>>,
  ) {}

  static async of(database: TestDatabase, tenant: pg.Client, organisations: readonly string[]): Promise<Secrets> {
    const app: Run = async (text, values = []) => (await tenant.query(text, [...values])).rows as never;
    const all = tokensIn(await dumped(database.admin, await columnsOf(database, null)), 0);
    const columns = await columnsOf(database, 'tocsin_app');
    const own = new Map<string, Set<string>>();
    for (const me of organisations) {
      await app("SELECT set_config('tocsin.org', $1, false)", [me]);
      const bodies = await app<{ body: Buffer | null }>('SELECT body FROM feed_page(0, 1000, NULL)');
      const heard = bodies.map(({ body }) => String(body)).join();
      own.set(me, tokensIn(`${me} ${await dumped(app, columns)} ${heard} ${await named(app)}`, 0));
    }
    return new Secrets(all, own);
  }

  /** What one has named in a question is no secret to it from then on. */
  namedBy(me: string, question: unknown): void {
    for (const token of tokensIn(JSON.stringify(question))) this.own.get(me)?.add(token);
  }

  /** What of an answer is somebody else's. What was made after the fences were looked at is nobody's secret. */
  leaked(me: string, answer: unknown): string[] {
    const mine = this.own.get(me);
    return [...tokensIn(JSON.stringify(answer))].filter((token) => this.all.has(token) && !mine?.has(token));
  }
}

async function columnsOf({ admin }: TestDatabase, login: string | null): Promise<Map<string, string>> {
  const rows = await admin<{ table: string; columns: string }>(
    `SELECT relname AS table, string_agg(a.attname, ', ') AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'hub'::regnamespace AND relname = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        AND ($2::text IS NULL OR has_column_privilege($2::text, c.oid, a.attnum, 'SELECT')) GROUP BY 1`,
    [TABLES, login],
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

async function dumped(run: Run, tables: ReadonlyMap<string, string>): Promise<string> {
  const texts = [];
  for (const [table, columns] of tables) texts.push(JSON.stringify(await run(`SELECT ${columns} FROM ${table}`)));
  return texts.join();
}

/** A coordinator is told the names of the parties of its cases, whom it could ask, although it does not read them. */
async function named(app: Run): Promise<string> {
  return JSON.stringify(await app('SELECT * FROM parties_of_cases(ARRAY(SELECT id FROM triage_case))'));
}
