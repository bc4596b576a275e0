import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A span as OTLP has it in JSON, its attributes by their names. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly events: readonly string[];
  readonly attributes: Readonly<Record<string, string | string[]>>;
}

interface Value {
  readonly arrayValue?: { readonly values: readonly Value[] };
}

/** Takes spans as a collector does (OTLP over HTTP), on loopback. */
export class Collector {
  /** Bodies as they came. */
  readonly bodies: { readonly type: string; readonly body: Buffer }[] = [];
  /** Connections that are answered later, or never. */
  readonly held: ServerResponse[] = [];
  answers = true;
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async open(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get text(): string {
    return this.bodies.map(({ body }) => body.toString('latin1')).join('\n');
  }

  /** What came as JSON. */
  get spans(): CollectedSpan[] {
    return this.resources.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans.map(readSpan));
  }

  get resourceAttributes(): Record<string, unknown> {
    return Object.assign({}, ...this.resources.map(({ resource }) => readAttributes(resource.attributes)));
  }

  private get resources(): { resource: { attributes: Attribute[] }; scopeSpans: { spans: WrittenSpan[] }[] }[] {
    return this.bodies.flatMap(({ body }) => JSON.parse(body.toString()).resourceSpans);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.url !== '/v1/traces') return void response.writeHead(404).end();
    if (!this.answers) return void this.held.push(response);
    this.bodies.push({ type: request.headers['content-type'] ?? '', body });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

interface Attribute {
  readonly key: string;
  readonly value: Value;
}
interface WrittenSpan extends Omit<CollectedSpan, 'attributes' | 'events'> {
  readonly attributes: readonly Attribute[];
  readonly events: readonly { name: string }[];
}

const readSpan = ({ attributes, events, ...span }: WrittenSpan): CollectedSpan => ({
  ...span,
  events: events.map(({ name }) => name),
  attributes: readAttributes(attributes) as CollectedSpan['attributes'],
});

const readAttributes = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));

const readValue = (value: Value): unknown => value.arrayValue?.values.map(readValue) ?? Object.values(value)[0];
