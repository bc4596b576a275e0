import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** How many connections of a pool are used now, how many may be, and how many who ask for one wait. */
export interface PoolUse {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
  readonly size: number;
}

/** As of now; costs nothing. The source must be connected. */
export function poolUse(source: DataSource): PoolUse {
  // TypeORM's driver has the pool of pg there, and calls it `any`.
  const { master } = source.driver as unknown as { readonly master: pg.Pool };
  const { totalCount, idleCount, waitingCount, options } = master;
  return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount, size: options.max };
}
