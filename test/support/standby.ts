import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { copyCluster } from '../../src/platform/database/embedded/cluster-copy.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';

/** What a server needs that others follow. Commits wait for the log, as in production: what is visible is flushed. */
export const FOLLOWED = { wal_level: 'replica', max_wal_senders: '10', synchronous_commit: 'on' };

/** A server that follows another from the moment on at which it was made. */
export class Standby {
  private constructor(
    readonly server: EmbeddedPostgres,
    private readonly admin: pg.Client,
  ) {}

  /** Of a primary, or of what is itself a standby with a primary that makes log. */
  static async of(followed: EmbeddedPostgres, copied = followed): Promise<Standby> {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-standby-'));
    const data = join(folder, 'postgres');
    await copyCluster(copied.url('postgres'), join(copied.folder, 'postgres'), data);
    writeFileSync(join(data, 'standby.signal'), '');
    const { password } = new URL(followed.url('postgres'));
    const source = `host=127.0.0.1 port=${followed.port} user=postgres password=${password}`;
    appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    const server = await startEmbeddedPostgres({
      folder,
      password,
      durability: 'throwaway',
      removeOnExit: true,
      settings: { ...FOLLOWED, wal_retrieve_retry_interval: '100ms', max_standby_streaming_delay: '10ms' },
    });
    const admin = new pg.Client({ connectionString: server.url('postgres') });
    admin.on('error', () => undefined);
    await admin.connect();
    return new Standby(server, admin);
  }

  url(database: string): string {
    return this.server.url(database);
  }

  async ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.admin.query<Row>(text, [...values])).rows;
  }

  /** From when it resolves on nothing more is replayed, though it arrives. */
  async pause(): Promise<void> {
    await this.ask('SELECT pg_wal_replay_pause()');
    await this.until("SELECT pg_get_wal_replay_pause_state() = 'paused' AS so");
  }

  async resume(): Promise<void> {
    await this.ask('SELECT pg_wal_replay_resume()');
  }

  /** Processes that serve the hub's tenants in a database. */
  async backends(database: string): Promise<{ pid: number; query: string; waits: string | null }[]> {
    return this.ask(
      `SELECT pid, query, wait_event_type AS waits FROM pg_stat_activity WHERE datname = $1 AND usename = 'tocsin_app'`,
      [database],
    );
  }

  async until(condition: string): Promise<void> {
    for (;;) {
      const [row] = await this.ask<{ so: boolean }>(condition);
      if (row?.so) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<void> {
    await this.admin.end().catch(() => undefined);
    await this.server.stop('immediate');
  }
}
