import { once } from 'node:events';
import net from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { startOnPort } from '../../src/server/free-port.ts';

const host = '127.0.0.1';

async function listen(port: number): Promise<number> {
  const server = net.createServer().listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return port;
}

describe('the port of a hub', () => {
  it('is the next that is free for a second one', async () => {
    const first = await startOnPort(null, host, listen);
    const tried: number[] = [];
    const second = await startOnPort(null, host, (port) => {
      tried.push(port);
      return listen(port);
    });
    expect(first).toBeGreaterThanOrEqual(4000);
    expect(second).toBeGreaterThan(first);
    // A start is dear: it is not made on a port that is seen to be taken.
    expect(tried).toEqual([second]);
  });

  it('is tried again when somebody else took it in between', async () => {
    const tried: number[] = [];
    const port = await startOnPort(null, host, async (candidate) => {
      tried.push(candidate);
      if (tried.length === 1) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
      return candidate;
    });
    expect(tried).toHaveLength(2);
    expect(port).toBe(tried[1]);
  });

  it('is the one that was asked for, or none', async () => {
    const taken = await startOnPort(null, host, listen);
    await expect(startOnPort(taken, host, listen)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('is not another because of another failure', async () => {
    const failing = startOnPort(null, host, () => Promise.reject(new Error('no database')));
    await expect(failing).rejects.toThrow('no database');
  });
});
