import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type SpanContext, type Tracer } from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';

import type { TracingConfig } from '../app/config/tracing.ts';
import type { Log } from '../platform/log.ts';
import { recordSpans, type Attributes, type Incoming, type Recorder, type Span } from '../platform/spans.ts';
import { within } from '../platform/within.ts';

/** For what was recorded last, when a process ends: a collector that is gone keeps nobody waiting for longer. */
const FLUSH_WITHIN_MS = 3_000;

export interface Tracing {
  /** Records no more, and sends what is left if that can be done in a moment. */
  close(): Promise<void>;
}

/** Sends spans of this process to the collector that the environment names, in batches for which no work waits. */
export async function openTracing(config: TracingConfig, log: Log): Promise<Tracing> {
  const exporter = telling(await exporterFor(config), log);
  const root = new TraceIdRatioBasedSampler(config.sampler.ratio);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'tocsin' }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: config.sampler.followsParent ? new ParentBasedSampler({ root }) : root,
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  recordSpans(recorderOf(provider.getTracer('tocsin')));
  return {
    close: async () => {
      recordSpans(null);
      await within(FLUSH_WITHIN_MS, provider.shutdown()).catch(() =>
        log.warn({}, 'the last spans could not be sent to their collector'),
      );
    },
  };
}

async function exporterFor({ protocol, timeoutMs: timeoutMillis }: TracingConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ timeoutMillis });
}

/** Says when spans begin to be lost, and when they arrive again, not each time. */
function telling(exporter: SpanExporter, log: Log): SpanExporter {
  let arrives = true;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const arrived = result.code === ExportResultCode.SUCCESS;
        if (arrives && !arrived) log.warn({ error: String(result.error) }, 'spans do not reach their collector');
        if (!arrives && arrived) log.info({}, 'spans reach their collector again');
        arrives = arrived;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

const contexts = new WeakMap<Span, SpanContext>();

const recorderOf = (tracer: Tracer): Recorder => ({
  begin: (name, attributes, parent) => {
    const above = parent && contextOf(parent);
    const context = above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT;
    const kind = parent && 'traceparent' in parent ? SpanKind.SERVER : SpanKind.INTERNAL;
    const span = tracer.startSpan(name, { kind, attributes: { ...attributes } }, context);
    const refused = (code: string) => void span.setAttribute('error.type', code);
    const begun: Span = {
      trace: span.isRecording() ? span.spanContext().traceId : null,
      set: (more: Attributes) => void span.setAttributes({ ...more }),
      reached: (point) => void span.addEvent(point),
      refused,
      failed: (code) => {
        refused(code);
        span.setStatus({ code: SpanStatusCode.ERROR });
      },
      end: () => span.end(),
    };
    contexts.set(begun, span.spanContext());
    return begun;
  },
});

/** Null: a trace begins here. */
function contextOf(parent: Span | Incoming): SpanContext | null {
  if (!('traceparent' in parent)) return contexts.get(parent) ?? null;
  const sent = parent.traceparent === null ? null : parseTraceParent(parent.traceparent);
  return sent && { ...sent, isRemote: true };
}
