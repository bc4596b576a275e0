import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

interface Column {
  table: string;
  name: string;
  type: string;
  nullable: boolean;
  /** Whether a tenant's login may read it. */
  readable: boolean;
}

const COLUMNS = `
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
       has_column_privilege('tocsin_app', c.oid, a.attnum, 'SELECT') AS readable
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`;

describe('the classes that rows are read into agree with the tables that the migrations make', () => {
  let database: TestDatabase;
  let source: DataSource;
  let known: Map<string, Column>;

  beforeAll(async () => {
    database = await createDatabase();
    source = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database.address, entities, 1));
    known = new Map(
      (await database.admin<Column>(COLUMNS)).map((column) => [`${column.table}.${column.name}`, column]),
    );
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const claimed = () =>
    source.entityMetadatas.flatMap(({ tableName, columns }) =>
      columns.map((column) => ({
        table: tableName,
        name: column.databaseName,
        type: `${source.driver.normalizeType(column)}${column.isArray ? '[]' : ''}`,
        nullable: column.isNullable,
        readable: true,
      })),
    );

  test('each column is there, of the type that the class says, null where it says so, and readable for tenants', () => {
    const columns = claimed();
    expect(columns.length).toBeGreaterThan(100);
    expect(columns.map(({ table, name }) => known.get(`${table}.${name}`))).toEqual(columns);
  });

  test('each class is found in the list of entities, and none twice', () => {
    const tables = source.entityMetadatas.map(({ tableName }) => tableName);
    expect(new Set(tables).size).toBe(entities.length);
  });
});
