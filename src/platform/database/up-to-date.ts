import pg from 'pg';

import { configOf, DEFINER } from './bootstrap.ts';
import { LOGINS, urlOf, type DatabaseAddress } from './logins.ts';

interface Found {
  readonly standing: boolean;
  readonly config: Readonly<Record<string, string[]>> | null;
  readonly applied: string[] | null;
}

const LOOK = `SELECT current_setting('server_version_num')::int >= 170000 AND pg_has_role('tocsin_owner', $1, 'SET')
    AND (SELECT bool_and(has_schema_privilege(name, 'hub', 'USAGE')) FROM unnest($2::text[]) name) AS standing,
  (SELECT json_object_agg(rolname, rolconfig) FROM pg_roles WHERE rolname = ANY ($2)) AS config,
  (SELECT array_agg(name::text) FROM hub.migration) AS applied`;

/**
 * Whether logins and schema are as this release makes them: one look instead of doing it all again at each start. False
 * also where the database does not answer, or not to these logins: who then tries to mend it says what is wrong.
 */
export async function isUpToDate(address: DatabaseAddress, names: readonly string[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf('tocsin_owner', address) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Found>(LOOK, [DEFINER, [...LOGINS, DEFINER]]);
    const [found] = rows;
    return found !== undefined && found.standing && isConfigured(found) && names.every(isIn(found.applied));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What an operator has set beside ours is the operator's: it would not be mended either. */
const isConfigured = ({ config }: Found): boolean =>
  LOGINS.every((login) => configOf(login).every((setting) => config?.[login]?.includes(setting)));

const isIn = (applied: readonly string[] | null) => (name: string) => applied?.includes(name) ?? false;
