import pg from 'pg';

import { LOGINS, LoginsError, passwordOf, urlOf, type DatabaseAddress, type Login } from './logins.ts';

/** Owns the few SECURITY DEFINER functions; nobody logs in as it. */
export const DEFINER = 'tocsin_definer';

/**
 * Statements are planned once a connection (docs/decisions/0030-lists-are-planned-once.md). A table that was small then
 * may be large now, and is looked into by an index all the same.
 */
const BY_INDEX = { enable_seqscan: 'off' };

/** Bounds on what one session may hold open. A forgotten transaction would keep the sequencer's dead rows alive. */
const SETTINGS: Readonly<Record<Login, Readonly<Record<string, string>>>> = {
  tocsin_owner: { lock_timeout: '3s' },
  tocsin_app: {
    statement_timeout: '30s',
    transaction_timeout: '60s',
    idle_in_transaction_session_timeout: '10s',
    lock_timeout: '10s',
    ...BY_INDEX,
  },
  tocsin_system: {
    statement_timeout: '60s',
    transaction_timeout: '120s',
    idle_in_transaction_session_timeout: '10s',
    ...BY_INDEX,
  },
  tocsin_ledger: { statement_timeout: '60s', idle_in_transaction_session_timeout: '10s' },
};

/** What each session of a login begins with, as `pg_roles` has it. */
export const configOf = (login: Login): string[] =>
  Object.entries({ search_path: 'hub', ...SETTINGS[login] }).map(([name, value]) => `${name}=${value}`);

/**
 * Makes the logins and the schema `hub` where they are missing. Safe to run again, and by two at a time. Throws
 * LoginsError where the logins know another secret, unless they shall learn this one.
 */
export async function bootstrapDatabase(address: DatabaseAddress, { rotateLogins = false } = {}): Promise<void> {
  const client = new pg.Client({ connectionString: address.adminUrl });
  await client.connect();
  try {
    await requireVersion(client);
    // Roles belong to the whole cluster: two databases migrated at once would otherwise race for them.
    await client.query('BEGIN');
    await client.query("SELECT pg_advisory_xact_lock(hashtext('tocsin roles'))");
    if (!rotateLogins) await requireSameSecret(client, address);
    for (const login of LOGINS) await makeLogin(client, login, passwordOf(login, address.loginSecret));
    await makeRole(client, DEFINER, 'NOLOGIN NOINHERIT');
    await client.query(`GRANT ${DEFINER} TO tocsin_owner WITH INHERIT FALSE, SET TRUE`);
    await letDefinerSeeStandbys(client);
    await becomeOwner(client);
    await client.query(`GRANT USAGE ON SCHEMA hub TO tocsin_app, tocsin_system, tocsin_ledger, ${DEFINER}`);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/**
 * Which timeline a standby follows is told to `pg_read_all_stats` alone. Where the administrator may not pass that on, no
 * replica is asked: docs/operations.md says how to grant it.
 */
async function letDefinerSeeStandbys(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    "SELECT pg_has_role('pg_read_all_stats', 'MEMBER WITH ADMIN OPTION') AS may",
  );
  if (rows[0]?.may) await client.query(`GRANT pg_read_all_stats TO ${DEFINER} WITH INHERIT TRUE`);
}

/** Goes on as the owner of `hub`, which is made when missing. Also for an administrator who is no superuser. */
async function becomeOwner(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>("SELECT pg_has_role('tocsin_owner', 'SET') AS member");
  if (!rows[0]?.member) await client.query('GRANT tocsin_owner TO CURRENT_USER WITH INHERIT FALSE, SET TRUE');
  await client.query('CREATE SCHEMA IF NOT EXISTS hub AUTHORIZATION tocsin_owner');
  await client.query('SET LOCAL ROLE tocsin_owner');
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  const version = Number(rows[0]?.version ?? 0);
  if (version < 170_000) throw new Error(`PostgreSQL 17 or newer is needed; this one says ${version}.`);
}

const INVALID_PASSWORD = '28P01';

/** Setting passwords anew would shut out every node that runs with the old secret, without a word to anybody. */
async function requireSameSecret(client: pg.Client, address: DatabaseAddress): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = 'tocsin_app'");
  if (rowCount === 0) return;
  const login = new pg.Client({ connectionString: urlOf('tocsin_app', address) });
  try {
    await login.connect();
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD) throw new LoginsError();
    throw error;
  } finally {
    await login.end();
  }
}

async function makeRole(client: pg.Client, role: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} ${attributes} NOBYPASSRLS`);
}

async function makeLogin(client: pg.Client, login: Login, password: string): Promise<void> {
  await makeRole(client, login, 'LOGIN NOINHERIT');
  await client.query(`ALTER ROLE ${login} PASSWORD ${client.escapeLiteral(password)}`);
  for (const setting of configOf(login)) {
    const [name = '', value = ''] = setting.split('=');
    await client.query(`ALTER ROLE ${login} SET ${name} = ${client.escapeLiteral(value)}`);
  }
}
