import { z } from 'zod';

import { whole, type Environment } from './environment.ts';
import { tracingOf, tracingProblems, tracingVariables, type TracingConfig } from './tracing.ts';

/** How a hub is watched by whoever runs it. */
export interface OperationsConfig {
  /** Where Prometheus finds figures; null: nowhere. Port 0: any free one. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** How long it serves on, not ready any more, once it is told to stop. */
  readonly drainMs: number;
  /** Where spans go; null: nowhere. */
  readonly tracing: TracingConfig | null;
}

export const operationsVariables = z.object({
  METRICS_PORT: whole('METRICS_PORT', 0, 65_535).optional(),
  DRAIN_SECONDS: whole('DRAIN_SECONDS', 0, 600).default(0),
  METRICS_HOST: z.string().default('127.0.0.1'),
  ...tracingVariables.shape,
});

export const operationsOf = (read: z.infer<typeof operationsVariables>): OperationsConfig => ({
  metrics: read.METRICS_PORT === undefined ? null : { host: read.METRICS_HOST, port: read.METRICS_PORT },
  drainMs: read.DRAIN_SECONDS * 1_000,
  tracing: tracingOf(read),
});

export function operationsProblems(given: Environment): string[] {
  const { METRICS_PORT: port, METRICS_HOST: host, PORT: hub } = given;
  return [
    host !== undefined && port === undefined && 'METRICS_HOST needs METRICS_PORT: metrics are off without it.',
    port !== undefined && port !== '0' && port === hub && 'METRICS_PORT must be another port than PORT.',
    ...tracingProblems(given),
  ].filter((problem) => problem !== false);
}
