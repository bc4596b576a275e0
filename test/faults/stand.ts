import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';

import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { must } from './experiment.ts';
import type { ChildOptions } from './hub-child.ts';
import { HubProcess } from './hub-process.ts';
import { enrol, type Cast, type Place } from './place.ts';
import type { PostgresServer } from './postgres-server.ts';

export type NodeOptions = Omit<ChildOptions, 'database' | 'folder' | 'operator'>;

/** A hub on a database of its own: nodes that are killed, and organisations that use it whatever happens. */
export class Stand implements Place {
  private nodes: HubProcess[] = [];
  private admin: pg.Client | null = null;
  private turn = 0;
  private closed = false;
  private network: (() => string) | null = null;

  private constructor(
    readonly server: PostgresServer,
    readonly database: string,
    /** Of keys and anchor. */
    readonly folder: string,
    private readonly options: NodeOptions,
  ) {}

  static async open(server: PostgresServer, options: NodeOptions = {}): Promise<Stand> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-stand-'));
    return new Stand(server, await server.makeDatabase(), folder, options);
  }

  /** Another node, which clients use from now on too. */
  async starts(more: Partial<ChildOptions> = {}): Promise<HubProcess> {
    const { address, folder } = this;
    const node = await HubProcess.start({ ...this.options, database: address, folder, ...more });
    this.nodes.push(node);
    return node;
  }

  get address(): DatabaseAddress {
    return this.server.address(this.database);
  }

  get anchor(): string {
    return `${this.folder}/anchor`;
  }

  get urls(): string[] {
    return this.serving.map(({ url }) => url);
  }

  get serving(): HubProcess[] {
    return this.nodes.filter((node) => node.lives);
  }

  /** The node that has been there longest. */
  get node(): HubProcess {
    const [node] = this.serving;
    must(node !== undefined, 'No node serves.');
    return node as HubProcess;
  }

  /** As a killed machine: the process is gone, without a word. */
  async kills(node = this.node): Promise<void> {
    this.nodes = this.nodes.filter((each) => each !== node);
    await node.end('SIGKILL');
  }

  /** No longer asked by clients that come anew. */
  leaves(node: HubProcess): void {
    this.nodes = this.nodes.filter((each) => each !== node);
  }

  joins(node: HubProcess): void {
    this.nodes.push(node);
  }

  /** An address of the hub, of each node in its turn; of nobody while none serves. */
  readonly url = (): string => {
    must(!this.closed, 'The experiment is over.');
    const { serving } = this;
    return serving[(this.turn += 1) % serving.length]?.url ?? 'http://127.0.0.1:9/graphql';
  };

  /** How clients reach it. */
  readonly way = (): string => (this.network ?? this.url)();

  /** Clients reach the hub by another way from now on. */
  through(network: () => string): void {
    this.network = network;
  }

  async rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = (this.admin ??= await this.connect());
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code?.startsWith('57')) this.admin = null;
      throw error;
    }
  }

  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.server.url(this.database) });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SET search_path = hub');
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    await Promise.all(this.serving.map((node) => node.end('SIGKILL')));
    await this.admin?.end().catch(() => undefined);
    await this.server.dropDatabase(this.database);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the first node, and registers the organisations. */
export async function castOn(stand: Stand, options: NodeOptions = {}): Promise<Cast> {
  const { operatorKey } = await stand.starts({ ...options, operator: true });
  return enrol(stand.way, operatorKey ?? '');
}
