import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { until } from './experiment.ts';
import type { Place } from './place.ts';

const TOCSIN = path.resolve('bin/tocsin.js');

/** `tocsin serve --demo` on a folder of its own, with the PostgreSQL that it brings along. */
export class LocalHub implements Place {
  private child: ChildProcess | null = null;
  private url = '';
  private admin: pg.Client | null = null;

  constructor(
    readonly folder: string,
    readonly anchor = `${folder}.anchor`,
  ) {}

  static newFolder = (): string => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-local-')), 'hub');

  get urls(): string[] {
    return [this.url];
  }

  readonly way = (): string => this.url;

  get address(): DatabaseAddress {
    const secrets = JSON.parse(fs.readFileSync(path.join(this.folder, 'secrets.json'), 'utf8'));
    const { databasePort } = JSON.parse(fs.readFileSync(path.join(this.folder, 'running.json'), 'utf8'));
    const adminUrl = `postgres://postgres:${secrets.superuserPassword}@127.0.0.1:${databasePort}/tocsin`;
    return { adminUrl, loginSecret: secrets.loginSecret };
  }

  get operatorKey(): string {
    return JSON.parse(fs.readFileSync(path.join(this.folder, 'demo.json'), 'utf8')).organisations.operator.apiKey;
  }

  /** Of its PostgreSQL; 0 when there is none. */
  get databasePid(): number {
    const file = path.join(this.folder, 'postgres', 'postmaster.pid');
    const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8').split('\n')[0]) : 0;
    return fs.existsSync(`/proc/${pid}/exe`) ? pid : 0;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async starts(): Promise<void> {
    const words = [TOCSIN, 'serve', '--demo', '--folder', this.folder, '--port', '0', '--json', '--end-with-parent'];
    const environment = { PATH: process.env['PATH'], LOG_LEVEL: 'warn', TOCSIN_ANCHOR: this.anchor };
    const child = spawn(process.execPath, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, told] = ['', ''];
    child.stdout.on('data', (text) => (said += String(text)));
    child.stderr.on('data', (text) => (told += String(text)));
    await until('the hub serves', () => said.endsWith('}\n') || child.exitCode !== null);
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${told}`);
    this.child = child;
    this.url = JSON.parse(said).url;
    this.admin = null;
  }

  async ends(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = null;
    child?.kill(signal);
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** A command of the command line; what it printed. */
  async runs(...words: string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], TOCSIN_FOLDER: this.folder, TOCSIN_ANCHOR: this.anchor };
    return (await promisify(execFile)(process.execPath, [TOCSIN, ...words], { env })).stdout;
  }

  async rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = (this.admin ??= await this.connect());
    return (await client.query<Row>(text, [...values])).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin?.end().catch(() => undefined);
    await this.ends('SIGTERM');
    await until('its database has ended', () => this.databasePid === 0);
    fs.rmSync(path.dirname(this.folder), { recursive: true, force: true });
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.address.adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SET search_path = hub');
    return client;
  }
}
