import type { TracingConfig } from '../app/config/tracing.ts';
import type { Log } from '../platform/log.ts';
import type { Tracing } from '../server/tracing.ts';

/** Before anything is served. Nothing of OpenTelemetry is loaded where nobody has said where spans go. */
export async function openTracing(config: TracingConfig | null, log: Log): Promise<Tracing | null> {
  return config && (await import('../server/tracing.ts')).openTracing(config, log);
}
