import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { must, until } from './experiment.ts';
import { freePort } from './postgres-server.ts';

const CHECK_EVERY_MS = 200;

const configOf = (port: number, nodes: readonly number[], socket: string): string => `
global
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 2s
  timeout check 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option redispatch
  option forwardfor
frontend hub
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter ${CHECK_EVERY_MS} fall 2 rise 1
${nodes.map((node) => `  server at${node} 127.0.0.1:${node}`).join('\n')}
`;

/** Debian's, where it is installed or can be; null where not. */
function findHaproxy(): string | null {
  const there = () => ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((file) => fs.existsSync(file)) ?? null;
  if (there() === null && process.getuid?.() === 0) {
    try {
      // RUNLEVEL: nothing is started that is not ours.
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'haproxy'], { env, stdio: 'ignore' });
    } catch {
      // No Debian, or no network: said by who asked.
    }
  }
  return there();
}

/** haproxy before the nodes: it asks each of them whether it is ready, and sends nobody to one that is not. */
export class Balancer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly folder: string,
  ) {}

  /** Null: there is no haproxy here. */
  static async before(nodes: readonly number[]): Promise<Balancer | null> {
    const program = findHaproxy();
    if (program === null) return null;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-haproxy-'));
    const [config, socket] = [path.join(folder, 'haproxy.cfg'), path.join(folder, 'socket')];
    const port = await freePort();
    fs.writeFileSync(config, configOf(port, nodes, socket));
    const child = spawn(program, ['-db', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (text) => (told += String(text)));
    const balancer = new Balancer(child, port, folder);
    await until('haproxy listens', () => fs.existsSync(socket) || child.exitCode !== null);
    must(child.exitCode === null, `haproxy does not begin: ${told}`);
    return balancer;
  }

  readonly url = (): string => `http://127.0.0.1:${this.port}/graphql`;

  get wsUrl(): string {
    return this.url().replace('http', 'ws');
  }

  /** How many nodes it sends to now, and how often it took one out. */
  async looks(): Promise<{ up: number; takenOut: number }> {
    const lines = (await this.asks('show stat')).trim().split('\n');
    const names = lines[0]?.replace('# ', '').split(',') ?? [];
    const [server, status, down] = ['svname', 'status', 'chkdown'].map((name) => names.indexOf(name));
    const nodes = lines
      .slice(1)
      .map((line) => line.split(','))
      .filter((row) => row[server ?? -1]?.startsWith('at'));
    const takenOut = nodes.reduce((sum, row) => sum + Number(row[down ?? -1]), 0);
    return { up: nodes.filter((row) => row[status ?? -1]?.startsWith('UP')).length, takenOut };
  }

  async sendsTo(nodes: number): Promise<void> {
    await until(`haproxy sends to ${nodes} nodes`, async () => (await this.looks()).up === nodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private asks(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = net.connect(path.join(this.folder, 'socket'), () => socket.write(`${command}\n`));
      socket.on('data', (text) => (answer += String(text))).on('error', reject);
      socket.on('end', () => resolve(answer));
    });
  }
}
