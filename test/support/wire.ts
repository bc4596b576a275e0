import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

import type { DatabaseAddress } from '../../src/platform/database/logins.ts';

export interface Wire {
  readonly address: DatabaseAddress;
  /** How often the server was waited for. */
  turns: number;
  close(): Promise<void>;
}

/** A way to the database on which one can hear who speaks. */
export async function tap(address: DatabaseAddress): Promise<Wire> {
  const behind = new URL(address.adminUrl);
  const server = createServer((near) => {
    const far = connect(Number(behind.port), behind.hostname);
    let asked = false;
    near.on('data', (bytes) => ((asked = true), far.write(bytes)));
    far.on('data', (bytes) => {
      if (asked) wire.turns += 1;
      asked = false;
      near.write(bytes);
    });
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('close', () => peer.destroy()).on('error', () => undefined);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(address.adminUrl);
  url.port = String((server.address() as AddressInfo).port);
  const wire: Wire = {
    address: { ...address, adminUrl: url.href },
    turns: 0,
    close: async () => void (await once(server.close(), 'close')),
  };
  return wire;
}
