import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface Line {
  /** After so many bytes in either direction a connection is cut; asked for each. */
  readonly cutAfter?: () => number;
  /** What comes from the hub passes at this pace. */
  readonly bytesPerSecond?: number;
}

const TICKS_PER_SECOND = 10;

/** The network between clients and the hub: it cuts connections in the middle of whatever passes, or is slow. */
export class Proxy {
  cuts = 0;
  /** While true nothing is cut. */
  calm = false;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly target: () => string,
    private readonly line: Line,
  ) {}

  static async to(target: () => string, line: Line): Promise<Proxy> {
    const server = net.createServer();
    const proxy = new Proxy(server, target, line);
    server.on('connection', (client) => proxy.connect(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  readonly url = (): string => `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  readonly wsUrl = (): string => this.url().replace('http', 'ws');

  close(): void {
    this.server.close();
    for (const socket of this.open) socket.destroy();
  }

  private connect(client: Socket): void {
    const { hostname, port } = new URL(this.target());
    const hub = net.connect(Number(port), hostname);
    const end = () => {
      for (const socket of [client, hub]) {
        this.open.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, hub]) this.open.add(socket.on('error', end).on('close', end));
    let left = this.line.cutAfter?.() ?? Infinity;
    const pass = (to: Socket) => (data: Buffer) => {
      if (to.destroyed || left <= 0) return;
      if (this.calm) return void to.write(data);
      to.write(data.subarray(0, left));
      left -= data.length;
      if (left > 0) return;
      this.cuts += 1;
      // What was passed on still arrives, as it would: the end comes after it.
      to.end(end);
    };
    client.on('data', pass(hub));
    if (this.line.bytesPerSecond === undefined) hub.on('data', pass(client));
    else slowly(hub, client, this.line.bytesPerSecond);
  }
}

function slowly(from: Socket, to: Socket, bytesPerSecond: number): void {
  from.pause();
  const timer = setInterval(() => {
    const data: unknown = from.read(Math.ceil(bytesPerSecond / TICKS_PER_SECOND)) ?? from.read();
    if (Buffer.isBuffer(data)) to.write(data);
  }, 1000 / TICKS_PER_SECOND);
  to.once('close', () => clearInterval(timer));
}
