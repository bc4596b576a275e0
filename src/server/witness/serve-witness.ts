import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { systemClock, type Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { witnessVkeyOf } from '../../verifier/cosignature.ts';
import { Cosigner, type WitnessAnswer, type WitnessedLogs } from './cosigner.ts';
import { WitnessFolder } from './witness-folder.ts';

export interface WitnessOptions {
  readonly folder: string;
  /** Of a witness that begins in this folder. */
  readonly name?: string;
  readonly logs: WitnessedLogs;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface RunningWitness {
  readonly url: string;
  /** What those who trust it are given. */
  readonly vkey: string;
  stop(): Promise<void>;
}

/** 63 hashes and a checkpoint with some signatures are five kilobytes. */
const REQUEST_MOST = 32_768;
const REQUEST_WITHIN_MS = 10_000;

/** Serves a witness: one path, by which logs ask for its signature. */
export async function serveWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { folder: place, name, logs, host, port, log, clock = systemClock } = options;
  const folder = await WitnessFolder.open(place, name);
  const cosigner = new Cosigner(folder, logs, clock, log);
  const server = createServer({ requestTimeout: REQUEST_WITHIN_MS }, (request, response) => {
    answer(cosigner, request, response).catch((error: unknown) => {
      log.error({ error: String(error) }, 'a request was not answered');
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    folder.close();
    throw error;
  }
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${own}`,
    vkey: witnessVkeyOf(folder.key),
    stop: async () => {
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
      folder.close();
    },
  };
}

async function answer(cosigner: Cosigner, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== '/add-checkpoint') return void response.writeHead(404).end();
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  const body = await textOf(request);
  if (body === null) return void response.writeHead(413, { connection: 'close' }).end();
  const { status, text } = await cosigner.add(body);
  response.writeHead(status, { 'content-type': typeOf(status) }).end(text);
}

const typeOf = (status: WitnessAnswer['status']): string =>
  status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8';

/** Null for what is too long; bytes that are no text make a request that has not the form of one. */
async function textOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > REQUEST_MOST) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
