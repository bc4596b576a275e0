import { joinHub, type NodeOptions } from '../app/join.ts';
import { Counters } from '../platform/counters.ts';
import type { MetricsAddress } from './metrics/door.ts';
import { requireMigrated } from './schema-version.ts';

/** A process of a hub that works and answers nobody. */
export interface WorkingNode {
  /** Null: figures are served nowhere. */
  readonly metricsUrl: string | null;
  stop(): Promise<void>;
}

/** The flow asks in the hub's own name; what is asked in a tenant's is answered by those that serve. */
const REQUESTS = 1;

/** Works for the hub on a migrated database. */
export async function workOn(options: NodeOptions & { metrics: MetricsAddress | null }): Promise<WorkingNode> {
  await requireMigrated(options.database);
  const { adminUrl, loginSecret } = options.database;
  const node = await joinHub({ ...options, database: { adminUrl, loginSecret }, poolSize: REQUESTS });
  const measured = { ...node, log: options.log, counters: new Counters(), sockets: () => 0 };
  try {
    const metrics =
      options.metrics && (await (await import('./metrics/door.ts')).openMetricsDoor(measured, options.metrics));
    const stop = async () => {
      await metrics?.close();
      await node.stop();
    };
    return { metricsUrl: metrics?.url ?? null, stop };
  } catch (error) {
    await node.stop();
    throw error;
  }
}
