import { entities } from '../../src/app/entities.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import { Work } from '../../src/platform/database/work.ts';
import { settled } from '../../test/faults/audit.ts';
import type { Client } from '../../test/faults/client.ts';
import type { HubProcess } from '../../test/faults/hub-process.ts';
import { enrol, register, type Cast } from '../../test/faults/place.ts';
import { PostgresServer } from '../../test/faults/postgres-server.ts';
import { Stand } from '../../test/faults/stand.ts';
import { cpuOf, cpuOfPostgres } from './cpu.ts';

/** A second of CPU of whom, since when. */
export interface Spent {
  readonly nodes: number;
  readonly postgres: number;
}

/** Nodes in processes of their own on one PostgreSQL that syncs to disk: as many as are asked for. */
export class Fleet {
  private nodes: HubProcess[] = [];

  private constructor(
    private readonly server: PostgresServer,
    readonly stand: Stand,
    readonly cast: Cast,
    /** What the hub itself does, outside of the nodes that are measured. */
    readonly work: Work,
    private readonly disconnect: () => Promise<unknown>,
  ) {}

  static async start(): Promise<Fleet> {
    const server = await PostgresServer.start();
    const stand = await Stand.open(server, { checkpointEveryMs: 1_000, unpriced: true });
    const first = await stand.starts({ operator: true });
    const cast = await enrol(stand.way, first.operatorKey ?? '');
    const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', stand.address, entities, 1));
    const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', stand.address, entities, 1));
    const fleet = new Fleet(server, stand, cast, new Work(app, system), () =>
      Promise.all([app.destroy(), system.destroy()]),
    );
    fleet.nodes = [first];
    return fleet;
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Of the node that is always there. */
  get pid(): number {
    return this.nodes[0]?.pid ?? 0;
  }

  get wsUrls(): string[] {
    return this.nodes.map(({ wsUrl }) => wsUrl);
  }

  provider(name: string): Promise<Client> {
    return register(this.cast.operator, name, { roles: ['PROVIDER'] });
  }

  /** From now on there are so many. */
  async becomes(count: number): Promise<void> {
    while (this.nodes.length < count) this.nodes.push(await this.stand.starts());
    for (const node of this.nodes.splice(count)) await node.end('SIGTERM');
  }

  /** What some work costs, with all that follows from it. */
  async spends(work: () => Promise<unknown>): Promise<Spent> {
    await settled(this.stand);
    const before = this.spent();
    await work();
    await settled(this.stand);
    const after = this.spent();
    return { nodes: after.nodes - before.nodes, postgres: after.postgres - before.postgres };
  }

  async end(): Promise<void> {
    await this.disconnect();
    await this.stand[Symbol.asyncDispose]();
    await this.server.stop();
  }

  private spent(): Spent {
    const nodes = this.nodes.reduce((total, { pid }) => total + cpuOf(pid), 0);
    return { nodes, postgres: cpuOfPostgres(this.server.pid) };
  }
}
