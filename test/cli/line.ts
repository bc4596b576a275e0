import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** The line between a client and a hub, which a test can cut. */
export class Line {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private losing = 0;
  /** How often the hub has answered something. */
  answers = 0;

  private constructor(
    private readonly server: net.Server,
    /** Of /graphql, at this end of the line. */
    readonly url: string,
  ) {}

  static async to(hubUrl: string): Promise<Line> {
    const { hostname, port } = new URL(hubUrl);
    const server = net.createServer((client) => line.connect(client, net.connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line: Line = new Line(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
    return line;
  }

  /** Every connection ends without a word; new ones can be opened. */
  cut(): void {
    for (const [client, hub] of this.pairs) {
      reset(client);
      hub.destroy();
    }
  }

  /** The next answers are lost, each with its connection: what they answer has been done all the same. */
  loseAnswers(count: number): void {
    this.losing = count;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(client: Socket, hub: Socket): void {
    const pair = [client, hub] as const;
    this.pairs.add(pair);
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      hub.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    client.on('data', (data) => hub.write(data));
    hub.on('data', (data) => {
      this.answers += 1;
      if (this.losing === 0) client.write(data);
      else {
        this.losing -= 1;
        reset(client);
      }
    });
  }
}

/**
 * Ends a connection without a word. Not while it is being shut down: Node 24 then takes the handle for closed, which it
 * is not, and a worker thread that holds it never ends.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
