import { z } from 'zod';

import { whole, type Environment } from './environment.ts';

/** How a hub is watched by whoever runs it. */
export interface OperationsConfig {
  /** Where Prometheus finds figures; null: nowhere. Port 0: any free one. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
}

export const operationsVariables = z.object({
  METRICS_PORT: whole('METRICS_PORT', 0, 65_535).optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
});

export const operationsOf = (read: z.infer<typeof operationsVariables>): OperationsConfig => ({
  metrics: read.METRICS_PORT === undefined ? null : { host: read.METRICS_HOST, port: read.METRICS_PORT },
});

export function operationsProblems({ METRICS_PORT: port, METRICS_HOST: host, PORT: hub }: Environment): string[] {
  return [
    host !== undefined && port === undefined && 'METRICS_HOST needs METRICS_PORT: metrics are off without it.',
    port !== undefined && port !== '0' && port === hub && 'METRICS_PORT must be another port than PORT.',
  ].filter((problem) => problem !== false);
}
