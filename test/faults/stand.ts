import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';

import { CLAIM, DECIDE } from '../support/api.ts';
import { Client } from './client.ts';
import { must } from './experiment.ts';
import type { ChildOptions } from './hub-child.ts';
import { HubProcess } from './hub-process.ts';
import type { PostgresServer } from './postgres-server.ts';

const CREATE = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) {
  apiKey organisation { id } errors { code message } } }`;

export type NodeOptions = Omit<ChildOptions, 'database' | 'folder' | 'operator'>;

/** A hub on a database of its own: nodes that are killed, and organisations that use it whatever happens. */
export class Stand {
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
    const { server, database, folder } = this;
    const node = await HubProcess.start({ ...this.options, database: server.address(database), folder, ...more });
    this.nodes.push(node);
    return node;
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

  client = (id: string, key: string): Client => new Client(() => (this.network ?? this.url)(), id, key);

  /** Clients reach the hub by another way from now on. */
  through(network: () => string): void {
    this.network = network;
  }

  async organisation(operator: Client, name: string, input: object): Promise<Client> {
    const { data } = await operator.asks(CREATE, { input: { name, ...input } });
    const { apiKey, organisation } = data.createOrganisation;
    return this.client(organisation.id, apiKey);
  }

  /** Rows of one statement as the superuser, which knows better than any client. */
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

/** Who takes part: what the vendor reports is forwarded by the CERT to the host of everything. */
export interface Cast {
  readonly operator: Client;
  readonly cert: Client;
  readonly vendor: Client;
  readonly host: Client;
}

/** Starts the first node, and registers the organisations. */
export async function castOn(stand: Stand, more: Partial<ChildOptions> = {}): Promise<Cast> {
  const node = await stand.starts({ ...more, operator: true });
  const operator = stand.client('', node.operatorKey ?? '');
  const cert = await stand.organisation(operator, 'CERT', { roles: ['CERT'] });
  const vendor = await stand.organisation(operator, 'Vendor', { roles: ['VENDOR'], coordinator: cert.id });
  const host = await stand.organisation(operator, 'Host', { roles: ['PROVIDER'] });
  const assets = [{ role: 'HOST', kind: 'IP_PREFIX', value: '2001:db8::/32' }];
  const { results } = await host.does(CLAIM, { assets });
  await operator.does(DECIDE, { claims: results.map(({ claim }: { claim: { id: string } }) => claim.id) });
  return { operator, cert, vendor, host };
}
