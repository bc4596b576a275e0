import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { FastifyInstance } from 'fastify';

import { createApp, type App, type AppOptions } from '../app/create-app.ts';
import { Admission } from './admission.ts';
import { Readiness } from './health.ts';
import { makeHttpDoor, type HttpDoorOptions } from './http.ts';
import { limitsWith, type LimitOptions } from './limits/limits.ts';
import { Meter } from './limits/meter.ts';
import type { TrustedDocuments } from './limits/trusted-documents.ts';
import type { MetricsAddress, MetricsDoor } from './metrics/door.ts';
import { Load } from './load.ts';
import { OperationStore } from './prepare-operation.ts';
import { schemaGap } from './schema-version.ts';
import { SignInDoor } from './sign-in/door.ts';
import type { LoginSettings } from './sign-in/login.ts';
import { SOCKET_LIMITS, type SocketLimits } from './sockets.ts';
import { openWebSocketDoor, type WebSocketDoor } from './websocket.ts';

export interface HubOptions extends AppOptions, Omit<HttpDoorOptions, 'signIn' | 'readiness'> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly sockets?: Partial<SocketLimits>;
  readonly limits?: LimitOptions;
  /** Documents that may be asked by their hash; none without it. */
  readonly trusted?: TrustedDocuments | null;
  /** Where people sign in; nowhere without it. */
  readonly login?: LoginSettings | (() => LoginSettings) | null;
  /** Where Prometheus finds figures; nowhere without it. */
  readonly metrics?: MetricsAddress | null;
  /** How long it serves on, not ready any more, once it is told to stop: until balancers have seen it. None without it. */
  readonly drainMs?: number;
}

/** A serving node. */
export interface Hub {
  readonly app: App;
  readonly url: string;
  readonly wsUrl: string;
  /** Null: figures are served nowhere. */
  readonly metricsUrl: string | null;
  /** Is not ready any more, lets requests under way finish, sends clients away with their cursor, and ends. Once, however often it is called. */
  stop(): Promise<void>;
}

const GRACE_MS = 5_000;

/** Lets what is under way finish, and no more in. */
async function drain(fastify: FastifyInstance, sockets: WebSocketDoor): Promise<void> {
  // A keep-alive connection that was busy when we closed stays open after its answer, so idle ones are closed again.
  const idle = setInterval(() => fastify.server.closeIdleConnections(), 20);
  const force = setTimeout(() => fastify.server.closeAllConnections(), GRACE_MS);
  try {
    await Promise.all([sockets.close(), fastify.close()]);
  } finally {
    clearInterval(idle);
    clearTimeout(force);
  }
}

function makeAdmission(app: App, { limits, trusted }: HubOptions): Admission {
  const { operation, rate, load } = limitsWith(limits);
  const meter = new Meter(rate, undefined, (points) => app.counters.paid(points));
  return new Admission(app, new OperationStore(app.schema, operation, trusted), meter, new Load(app, load));
}

const readinessOf = ({ work }: App, { database }: HubOptions) => new Readiness(work, () => schemaGap(database));

function authorityOf(host: string, { server }: FastifyInstance): string {
  const { port } = server.address() as AddressInfo;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Loaded only where figures are asked for. */
async function openMetrics(app: App, sockets: WebSocketDoor, address: MetricsAddress): Promise<MetricsDoor> {
  const { openMetricsDoor } = await import('./metrics/door.ts');
  return openMetricsDoor({ ...app, sockets: () => sockets.open }, address);
}

/** Starts a node on a migrated database. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const app = await createApp(options);
  const admission = makeAdmission(app, options);
  const signIn = options.login ? new SignInDoor(app, options.login) : null;
  const readiness = readinessOf(app, options);
  const { fastify, apollo } = await makeHttpDoor(app, admission, { ...options, signIn, readiness });
  try {
    await fastify.listen({ host: options.host, port: options.port });
  } catch (error) {
    await apollo.stop();
    await app.stop();
    throw error;
  }
  const { proxies = [] } = options;
  const limits = { ...SOCKET_LIMITS, ...options.sockets };
  const sockets = openWebSocketDoor(app, fastify.server, admission, { limits, signIn, proxies });
  const authority = authorityOf(options.host, fastify);
  if (options.issuer) app.accessTokens.trust(options.issuer.listensAt(`http://${authority}`));
  // After the issuer, which may be where people sign in.
  signIn?.listensAt(`http://${authority}`);
  let metrics: MetricsDoor | null = null;
  const end = async (drainMs: number) => {
    readiness.drain();
    try {
      await pause(drainMs).then(() => drain(fastify, sockets));
    } finally {
      await metrics?.close();
      await apollo.stop();
      await app.stop();
    }
  };
  try {
    if (options.metrics) metrics = await openMetrics(app, sockets, options.metrics);
  } catch (error) {
    // Nobody was told that it is ready.
    await end(0);
    throw error;
  }
  let ended: Promise<void> | undefined;
  const [url, wsUrl, metricsUrl] = [`http://${authority}/graphql`, `ws://${authority}/graphql`, metrics?.url ?? null];
  return { app, url, wsUrl, metricsUrl, stop: () => (ended ??= end(options.drainMs ?? 0)) };
}
