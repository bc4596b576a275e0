import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { createFirstOperator } from '../../src/server/first-operator.ts';
import { startHub } from '../../src/server/hub.ts';
import { requireMigrated } from '../../src/server/schema-version.ts';
import { ask } from '../support/api.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testProof } from '../support/proof.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

describe('the first operator', () => {
  it('is made once, also by two at the same time, and its key opens the hub', async () => {
    await database.admin("SELECT pg_advisory_lock(hashtext('tocsin first operator'))");
    const two = [' One ', ' Two '].map((name) => createFirstOperator(database.address, name));
    await bothWait();
    await database.admin("SELECT pg_advisory_unlock(hashtext('tocsin first operator'))");
    const results = await Promise.allSettled(two);
    const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toMatchObject([{ name: 'Refusal', code: 'WRONG_STATE' }]);
    expect(await database.admin("SELECT FROM organisation WHERE 'OPERATOR' = ANY (roles)")).toHaveLength(1);

    const [operator] = made;
    const hub = await startHub({
      ...{ database: database.address, documentation: false, log: silentLog, host: '127.0.0.1', port: 0 },
      proof: testProof(),
    });
    const { data } = await ask(hub.url, operator?.apiKey ?? '', '{ viewer { organisation { id name } permissions } }');
    await hub.stop();
    expect(data.viewer.organisation).toEqual({ id: operator?.id, name: operator?.name });
    expect(data.viewer.permissions).toContain('HUB_OPERATE');
  });
});

async function bothWait(): Promise<void> {
  for (let waiting = 0; waiting < 2;) {
    const rows = await database.admin(
      `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
    );
    waiting = rows.length;
  }
}

describe('a database', () => {
  it('that is migrated is served', async () => {
    await expect(requireMigrated(database.address)).resolves.toBeUndefined();
  });

  it('that lacks a migration, or has one of a newer release, is not', async () => {
    const [last] = await database.admin<{ name: string; timestamp: string }>(
      'DELETE FROM migration WHERE id = (SELECT max(id) FROM migration) RETURNING name, timestamp',
    );
    await expect(requireMigrated(database.address)).rejects.toThrow(`lacks ${last?.name}: run "tocsin migrate"`);
    await database.admin('INSERT INTO migration (name, timestamp) VALUES ($1, $2)', [last?.name, last?.timestamp]);
    await database.admin("INSERT INTO migration (name, timestamp) VALUES ('Later1', 1)");
    await expect(requireMigrated(database.address)).rejects.toThrow('by a newer release (Later1)');
    await database.admin("DELETE FROM migration WHERE name = 'Later1'");
  });

  it('that is empty, or knows another secret, is not, and the reason is said', async () => {
    const name = `empty_${randomUUID().replaceAll('-', '')}`;
    const server = new pg.Client({ connectionString: inject('adminUrl') });
    await server.connect();
    await server.query(`CREATE DATABASE ${name}`);
    const url = new URL(inject('adminUrl'));
    url.pathname = name;
    const { loginSecret } = database.address;
    await expect(requireMigrated({ adminUrl: url.href, loginSecret })).rejects.toThrow(/lacks Ledger\d+, .*: run/);
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
    await expect(requireMigrated({ ...database.address, loginSecret: 'another' })).rejects.toThrow(
      /does not know the logins that TOCSIN_LOGIN_SECRET gives/,
    );
  });
});
