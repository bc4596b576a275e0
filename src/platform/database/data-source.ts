import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

import { urlOf, type DatabaseAddress, type Login } from './logins.ts';

export type Entities = readonly EntityTarget<ObjectLiteral>[];

/** A pool for one login. `pipeline` lets BEGIN, the tenant's setting and the first query travel together. */
export function dataSourceFor(
  login: Login,
  address: DatabaseAddress,
  entities: Entities,
  poolSize: number,
  /** Milliseconds for a connection, be it to be made or to become free; else there is no end. */
  connectWithin?: number,
): DataSource {
  return new DataSource({
    type: 'postgres',
    url: urlOf(login, address),
    schema: 'hub',
    entities: [...entities] as never,
    synchronize: false,
    logging: false,
    poolSize,
    applicationName: login,
    extra: {
      pipeline: true,
      keepAlive: true,
      ...(connectWithin !== undefined && { connectionTimeoutMillis: connectWithin }),
    },
  });
}

/** Fails when row-level security would not hold for this pool: then a hub that forgets one check tells everything. */
export async function connectAs(login: Login, source: DataSource): Promise<DataSource> {
  await source.initialize();
  try {
    const [me] = await source.query<Standing[]>(STANDING);
    const fault = me ? faultOf(login, me) : `Connected as nobody where ${login} is required.`;
    if (fault) throw new Error(fault);
    return source;
  } catch (error) {
    await source.destroy();
    throw error;
  }
}

/** Who a connection is, of which roles it could make itself, and which tables with policies do not ask them of everybody. */
interface Standing {
  readonly login: string;
  readonly above: boolean;
  readonly owner: boolean;
  readonly open: readonly string[];
}

const STANDING = `SELECT r.rolname AS login, r.rolsuper OR r.rolbypassrls AS above,
    EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace('hub') AND pg_has_role(c.relowner, 'MEMBER')) AS owner,
    array(SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = to_regnamespace('hub') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
      AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) ORDER BY 1) AS open
   FROM pg_roles r WHERE r.rolname = current_user`;

function faultOf(login: Login, me: Standing): string | null {
  if (me.login !== login) return `Connected as ${me.login} where ${login} is required.`;
  if (me.above) return `${login} is a superuser or has BYPASSRLS; take both away: row-level security does not hold it.`;
  if (me.owner)
    return `${login} owns tables of the hub, or may become their owner; it could switch row-level security off.`;
  if (me.open.length > 0)
    return `Row-level security is not forced on ${me.open.join(', ')}; restore it before serving.`;
  return null;
}
