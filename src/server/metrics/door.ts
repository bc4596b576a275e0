import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { maskError, type Hearing } from '../format-error.ts';
import { Metrics, type Measured } from './registry.ts';

/** Where metrics are served: not where the public asks. */
export interface MetricsAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface MetricsDoor {
  readonly url: string;
  close(): Promise<void>;
}

/** `/metrics` on a listener of its own, and nothing else there. Throws where it cannot listen. */
export async function openMetricsDoor(node: Measured & Hearing, address: MetricsAddress): Promise<MetricsDoor> {
  const metrics = new Metrics(node);
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.scrape().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${maskError(error, node).message}\n`),
    );
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}/metrics`, close: () => close(server) };
}

function listen(server: Server, { host, port }: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    // Without its code: who looks for a free port for the hub must not take this for the hub's.
    server.once('error', ({ message }) => reject(new Error(`Metrics cannot be served (METRICS_PORT): ${message}`)));
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
