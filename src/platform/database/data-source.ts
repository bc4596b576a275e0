import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

import { urlOf, type DatabaseAddress, type Login } from './logins.ts';

export type Entities = readonly EntityTarget<ObjectLiteral>[];

/** A pool for one login. `pipeline` lets BEGIN, the tenant's setting and the first query travel together. */
export function dataSourceFor(
  login: Login,
  address: DatabaseAddress,
  entities: Entities,
  poolSize: number,
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
    extra: { pipeline: true, keepAlive: true },
  });
}

/** Fails when the pool is not who it should be: a wrong login would silently switch row-level security off. */
export async function connectAs(login: Login, source: DataSource): Promise<DataSource> {
  await source.initialize();
  const rows: { login: string; super: boolean; bypass: boolean }[] = await source.query(
    `SELECT current_user AS login, rolsuper AS super, rolbypassrls AS bypass FROM pg_roles WHERE rolname = current_user`,
  );
  const me = rows[0];
  if (me?.login !== login || me.super || me.bypass) {
    await source.destroy();
    throw new Error(
      `Connected as ${me?.login ?? 'nobody'} where ${login} without superuser and BYPASSRLS is required.`,
    );
  }
  return source;
}
