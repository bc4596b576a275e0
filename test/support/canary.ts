import type { TestDatabase } from './database.ts';

/** Where a word is in the database: `table.column`, of every column of every table, as text and as bytes. */
export async function placesOf(database: TestDatabase, words: readonly (string | Buffer)[]): Promise<string[]> {
  const columns = await database.admin<{ table: string; column: string; is_bytes: boolean }>(
    `SELECT c.table_name AS table, c.column_name AS column, c.udt_name = 'bytea' AS is_bytes FROM information_schema.columns c
       JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'hub' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2`,
  );
  const places: string[] = [];
  for (const { table, column, is_bytes: isBytes } of columns) {
    for (const word of words) {
      const bytes = Buffer.from(word);
      const holds = isBytes
        ? `position($1::bytea IN "${column}") > 0`
        : `position($1::text IN lower("${column}"::text)) > 0`;
      // Bytes inside of an array or of JSON are written in hex.
      const asked = isBytes ? bytes : typeof word === 'string' ? word.toLowerCase() : word.toString('hex');
      const [row] = await database.admin<{ n: string }>(`SELECT count(*) AS n FROM "${table}" WHERE ${holds}`, [asked]);
      if (Number(row?.n) > 0) places.push(`${table}.${column}`);
    }
  }
  return [...new Set(places)];
}
