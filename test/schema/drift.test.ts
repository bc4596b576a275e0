import { readFileSync } from 'node:fs';

import { validateSchema } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { databaseText } from '../../schema/database-text.ts';
import { schemaText } from '../../schema/schema-text.ts';
import { statesText } from '../../schema/states-text.ts';
import { makeSchema } from '../../src/app/schema.ts';
import { stateTables } from '../../src/app/states.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

describe('generated files are in step with what they are generated from; `npm run schema` writes them', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.address.adminUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const committed = (name: string, folder = 'schema') =>
    readFileSync(new URL(`../../${folder}/${name}`, import.meta.url), 'utf8');

  test('schema/schema.graphql is the schema of the code', () => {
    expect(schemaText()).toBe(committed('schema.graphql'));
  });

  test('the schema of the code is one by the rules of GraphQL', () => {
    expect(validateSchema(makeSchema())).toEqual([]);
  });

  test('docs/states.md is what the tables of states say', () => {
    expect(statesText(stateTables)).toBe(committed('states.md', 'docs'));
  });

  test('schema/database.sql is what the migrations make', async () => {
    expect(await databaseText(client)).toBe(committed('database.sql'));
  });

  test('schema/database.sql shows a policy, a grant of columns, a function and a default that change', async () => {
    await client.query(`
      ALTER POLICY read ON hub.report USING (true);
      GRANT UPDATE (title) ON hub.report TO tocsin_app;
      ALTER FUNCTION hub.i_am SECURITY INVOKER;
      ALTER TABLE hub.report ALTER COLUMN next_ord SET DEFAULT 7`);
    const after = await databaseText(client);
    const statement = (start: string) => after.slice(after.indexOf(start), after.indexOf(';', after.indexOf(start)));
    expect(statement('CREATE POLICY read ON report')).toBe(
      'CREATE POLICY read ON report FOR SELECT TO tocsin_app\n  USING (true)',
    );
    expect(after).toContain('UPDATE (title, tell, state, next_ord, version, sealed_at) ON report TO tocsin_app;');
    expect(statement('CREATE OR REPLACE FUNCTION hub.i_am(')).not.toContain('SECURITY DEFINER');
    expect(statement('CREATE TABLE report (')).toContain('next_ord integer NOT NULL DEFAULT 7');
    expect(after).not.toBe(committed('database.sql'));
  });
});
