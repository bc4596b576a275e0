import { z } from 'zod';

import { whole, type Environment } from './environment.ts';

/** How spans leave the hub. Where to, and with which headers, the SDK of OpenTelemetry reads itself. */
export interface TracingConfig {
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Which part of the traces is recorded, 0 to 1; `followsParent`: unless a proxy has decided for its request. */
  readonly sampler: { readonly ratio: number; readonly followsParent: boolean };
  /** For a batch to arrive. */
  readonly timeoutMs: number;
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;
const PARENT_BASED = 'parentbased_';

const endpoint = (name: string) =>
  z
    .url({
      protocol: /^https?$/,
      error: `${name} must be the http(s) address of a collector, e.g. http://127.0.0.1:4318.`,
    })
    .optional();

/** Names and values are those of the OpenTelemetry specification. */
export const tracingVariables = z.object({
  OTEL_SDK_DISABLED: z.string().default('false'),
  OTEL_TRACES_EXPORTER: z.string().default('otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint('OTEL_EXPORTER_OTLP_ENDPOINT'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
  // The specification has 10 s; for so long a process could be kept by a collector that is gone.
  OTEL_EXPORTER_OTLP_TIMEOUT: whole('OTEL_EXPORTER_OTLP_TIMEOUT', 1, 600_000).default(3_000),
  OTEL_TRACES_SAMPLER: z.string().default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.string().default('1'),
});
type Read = z.infer<typeof tracingVariables>;

/** Null: nobody has said where to. */
export function tracingOf(read: Read): TracingConfig | null {
  if (!isOn(read)) return null;
  const [protocol, sampler] = [protocolOf(read), samplerOf(read)];
  return protocol && sampler && { protocol, sampler, timeoutMs: read.OTEL_EXPORTER_OTLP_TIMEOUT };
}

/** What is wrong matters only where spans are sent: others on the machine have the same variables. */
export function tracingProblems(given: Environment): string[] {
  const { data: read } = tracingVariables.safeParse(given);
  if (!read || !isOn(read)) return [];
  return [
    protocolOf(read) === null && `OTEL_EXPORTER_OTLP_PROTOCOL must be ${PROTOCOLS.join(' or ')}.`,
    samplerOf(read) === null &&
      `OTEL_TRACES_SAMPLER must be one of ${SAMPLERS.join(', ')}, each also after ${PARENT_BASED}, and OTEL_TRACES_SAMPLER_ARG from 0 to 1.`,
  ].filter((problem) => problem !== false);
}

const isOn = (read: Read): boolean =>
  (read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? read.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined &&
  read.OTEL_SDK_DISABLED.toLowerCase() !== 'true' &&
  read.OTEL_TRACES_EXPORTER !== 'none';

function protocolOf(read: Read): TracingConfig['protocol'] | null {
  const asked = read.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? read.OTEL_EXPORTER_OTLP_PROTOCOL;
  return PROTOCOLS.find((protocol) => protocol === asked) ?? null;
}

function samplerOf({
  OTEL_TRACES_SAMPLER: asked,
  OTEL_TRACES_SAMPLER_ARG: text,
}: Read): TracingConfig['sampler'] | null {
  const followsParent = asked.startsWith(PARENT_BASED);
  const name = SAMPLERS.find((sampler) => sampler === asked.slice(followsParent ? PARENT_BASED.length : 0));
  const ratio = name === 'traceidratio' ? Number(text) : Number(name === 'always_on');
  return name && ratio >= 0 && ratio <= 1 ? { ratio, followsParent } : null;
}
