import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

import type { WebSocket } from 'ws';

import { makeSchema } from '../../src/app/schema.ts';
import { Denial } from '../../src/platform/errors.ts';
import { limitsWith, type LimitOptions, type OperationLimits } from '../../src/server/limits/limits.ts';
import { Meter } from '../../src/server/limits/meter.ts';
import { OperationStore } from '../../src/server/prepare-operation.ts';
import { SocketGate } from '../../src/server/socket-gate.ts';
import { SOCKET_LIMITS, SocketCount, type SocketLimits } from '../../src/server/sockets.ts';
import { CORPUS } from '../server/corpus.ts';
import type { Mutant } from './mutant.ts';

const SCHEMA = makeSchema();
const ADDRESS = '192.0.2.1';
const ENDLESS = { maximum: Infinity, restoreRate: Infinity };

/** Each limit taken off by itself: something that it stood against must come through. */
export const limitMutants: readonly Mutant[] = [
  ...CORPUS.flatMap(({ limit, name }) => (limit ? [ofOperations(limit, name)] : [])),
  ofRate('client', { clientId: 'a', address: ADDRESS }),
  ofRate('address', { clientId: null, address: ADDRESS }),
  { name: 'the fine for what is refused', killed: noticed(finesBear, { rate: { fine: 0 } }, {}) },
  ofSockets('mostForAnAddress', true),
  ofSockets('mostUnknownForAnAddress', false),
  ofSockets('mostUnknown', false),
  { name: 'sockets: mostForAClient', killed: noticed(clientsBear, Infinity, SOCKET_LIMITS.mostForAClient) },
];

/** Noticed when the limit off bears what the limit on does not. */
function noticed<Limit>(bears: (limit: Limit) => boolean, off: Limit, on: Limit): Mutant['killed'] {
  return () => Promise.resolve(bears(off) && !bears(on));
}

/** The document of the corpus against which no other limit stands. */
function ofOperations(limit: keyof OperationLimits, name: string): Mutant {
  const bears = (options: LimitOptions): boolean => {
    const store = new OperationStore(SCHEMA, limitsWith(options).operation);
    return CORPUS.filter((attack) => attack.name === name).every((attack) => {
      const prepared = store.prepare(attack);
      return prepared !== null && 'document' in prepared;
    });
  };
  return { name: `operations: ${limit}`, killed: noticed(bears, { operation: { [limit]: Infinity } }, {}) };
}

function ofRate(bucket: 'client' | 'address', asker: { clientId: string | null; address: string }): Mutant {
  const bears = (options: LimitOptions): boolean => {
    const { rate } = limitsWith(options);
    const meter = new Meter(rate, () => 0);
    return goesOn(() => meter.pay(asker, 1_000), 1_000);
  };
  return { name: `rate: ${bucket}`, killed: noticed(bears, { rate: { [bucket]: ENDLESS } }, {}) };
}

function finesBear(options: LimitOptions): boolean {
  const meter = new Meter(limitsWith(options).rate, () => 0);
  return goesOn(() => meter.fine({ clientId: null, address: ADDRESS }), 10_000);
}

function goesOn(act: () => void, times: number): boolean {
  try {
    for (let n = 0; n < times; n += 1) act();
    return true;
  } catch (error) {
    if (error instanceof Denial && error.code === 'RATE_LIMITED') return false;
    throw error;
  }
}

/** One socket more than there may be of one address; `shown`: all of them have said who they are. */
function ofSockets(limit: keyof SocketLimits, shown: boolean): Mutant {
  const bears = (limits: Partial<SocketLimits>): boolean => {
    const gate = new SocketGate({ ...SOCKET_LIMITS, ...limits }, null, []);
    const request = { socket: { remoteAddress: ADDRESS }, headers: {} } as IncomingMessage;
    for (let n = 0; n < SOCKET_LIMITS[limit]; n += 1) {
      const entered = gate.enter(request, new EventEmitter() as WebSocket);
      if (shown) entered.shown();
    }
    return gate.obstacle(request) === null;
  };
  // Of all the unknown: those of one address are fewer, and another limit's.
  const others = limit === 'mostUnknown' ? { mostUnknownForAnAddress: Infinity } : {};
  return { name: `sockets: ${limit}`, killed: noticed(bears, { ...others, [limit]: Infinity }, others) };
}

function clientsBear(most: number): boolean {
  const count = new SocketCount(most);
  for (let n = 0; n < SOCKET_LIMITS.mostForAClient; n += 1) count.take('a');
  return count.take('a');
}
