import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { WebSocketServer } from 'ws';

import type { DatabaseAddress } from '../../src/platform/database/logins.ts';

/** Of which hub it is to be a node, and where the keys are; null: a bare server. */
export type NodeOf = { readonly address: DatabaseAddress; readonly data: string } | null;

/** What a node says of itself. */
export interface NodeReply {
  readonly url: string;
  readonly sockets: number;
  readonly subscriptions: number;
  readonly bytes: number;
}

interface Measured {
  readonly url: string;
  readonly open: () => { sockets: number; subscriptions: number };
}

/** The program of a node of a hub, or of a bare server of sockets, that says how much memory it holds. */
process.once('message', ({ of }: { of: NodeOf }) => {
  void (of ? serveHub(of) : serveBare()).then(({ url, open }) => {
    process.on('message', () => process.send?.({ url, ...open(), bytes: bytes() } satisfies NodeReply));
    process.send?.({ url, ...open(), bytes: bytes() } satisfies NodeReply);
  });
});
process.on('disconnect', () => process.exit());

/** What is reachable, and what V8 and Node hold outside of the heap. */
function bytes(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function serveHub({ address: database, data }: NonNullable<NodeOf>): Promise<Measured> {
  const { startHub } = await import('../../src/server/hub.ts');
  const { proofFiles } = await import('../../src/server/proof-files.ts');
  const { silentLog } = await import('../../src/platform/log.ts');
  const hub = await startHub({
    ...{ database, documentation: true, log: silentLog, host: '127.0.0.1', port: 0 },
    proof: proofFiles('EMBEDDED', data),
  });
  return { url: hub.wsUrl, open: () => ({ sockets: 0, subscriptions: hub.app.counters.subscriptions }) };
}

async function serveBare(): Promise<Measured> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', () => undefined));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}`, open: () => ({ sockets: server.clients.size, subscriptions: 0 }) };
}
