import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';

import { migrations } from '../../src/app/migrations.ts';
import { chooseAccount } from '../../src/platform/database/embedded/account.ts';
import { findBinaries } from '../../src/platform/database/embedded/binaries.ts';
import { ensureCluster } from '../../src/platform/database/embedded/cluster.ts';
import { startServer, type Server } from '../../src/platform/database/embedded/server.ts';
import { serverArguments } from '../../src/platform/database/embedded/settings.ts';
import { startWatchdog } from '../../src/platform/database/embedded/watchdog.ts';
import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { migrate } from '../../src/platform/database/migrate.ts';

const PASSWORD = 'postgres';
const SECRET = 'a secret for experiments that nobody else uses';
const TEMPLATE = 'tocsin_template';

interface Options {
  /** Where the cluster is made; a folder of its own when not said. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL that syncs to disk as in production, on a port that stays: it can be crashed under those who use it. */
export class PostgresServer {
  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly launch: () => Promise<Server>,
    private server: Server,
    private readonly release: () => void,
  ) {}

  static async start({ folder: given, settings = {} }: Options = {}): Promise<PostgresServer> {
    const folder = given ?? fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-faults-'));
    const data = path.join(folder, 'postgres');
    const account = chooseAccount(folder, data);
    const binaries = await findBinaries(account);
    const watchdog = startWatchdog({ signal: 'QUIT', remove: given === undefined ? folder : undefined });
    await ensureCluster({ folder, data, account, binaries, password: PASSWORD, durability: 'durable', watchdog });
    const port = await freePort();
    const log = path.join(folder, 'postgres.log');
    const started = () => serverArguments({ port, durability: 'durable', settings });
    const launch = () => startServer({ program: binaries.postgres, data, log, account, watchdog, arguments: started });
    const release = () => {
      watchdog.release();
      if (given === undefined) fs.rmSync(folder, { recursive: true, force: true });
    };
    const server = new PostgresServer(folder, port, launch, await launch(), release);
    await server.makeTemplate();
    return server;
  }

  get pid(): number {
    return this.server.pid;
  }

  /** Resolves when the server that runs now has ended. */
  get ended(): Promise<void> {
    return this.server.ended;
  }

  /** As `pg_ctl restart -m immediate`: nothing is written out, every session is cut, and the next start recovers. */
  async crash(): Promise<void> {
    this.server.signal('SIGQUIT');
    await this.server.ended;
    await this.rise();
  }

  /** Starts it again where it has ended. */
  async rise(): Promise<void> {
    this.server = await this.launch();
  }

  async stop(): Promise<void> {
    this.server.signal('SIGQUIT');
    await this.server.ended;
    this.release();
  }

  url(database: string): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  address(database: string): DatabaseAddress {
    return { adminUrl: this.url(database), loginSecret: SECRET };
  }

  /** A migrated database of its own; its name. */
  async makeDatabase(): Promise<string> {
    const name = `faults_${randomUUID().replaceAll('-', '')}`;
    await this.run(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  private async makeTemplate(): Promise<void> {
    await this.run(`CREATE DATABASE ${TEMPLATE}`);
    await migrate(this.address(TEMPLATE), migrations);
  }

  private async run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }
}

/** A port of the loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
