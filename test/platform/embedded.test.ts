import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedPostgresError } from '../../src/platform/database/embedded/embedded-postgres-error.ts';
import { chooseAccount, secureCluster } from '../../src/platform/database/embedded/account.ts';
import { findBinaries } from '../../src/platform/database/embedded/binaries.ts';
import { startServer } from '../../src/platform/database/embedded/server.ts';
import { serverArguments } from '../../src/platform/database/embedded/settings.ts';
import { startWatchdog } from '../../src/platform/database/embedded/watchdog.ts';
import { EmbeddedWorld, isAlive, password, query, removeTemplate, until } from './embedded-world.ts';

let world: EmbeddedWorld;
beforeEach(() => void (world = new EmbeddedWorld()));
afterEach(() => world.clear());
afterAll(removeTemplate);

/** With a word in the choice of the port, which is made between the look at the folder and the start. */
async function startBy(folder: string, choosePort: (port: number) => number) {
  const data = path.join(folder, 'postgres');
  const account = chooseAccount(folder, data);
  secureCluster(folder, data, account);
  const watchdog = startWatchdog({ signal: 'QUIT', remove: undefined });
  const server = await startServer({
    ...{ program: (await findBinaries(account)).postgres, data, account, watchdog, log: path.join(folder, 'log') },
    arguments: (port) => serverArguments({ port: choosePort(port), durability: 'throwaway', settings: {} }),
  });
  const end = async () => {
    server.signal('SIGQUIT');
    await server.ended;
    watchdog.release();
  };
  return { port: server.port, end };
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a stop and a start, and answers nobody without the password', async () => {
    const folder = world.folder();
    const first = await world.start(folder, { durability: 'durable' });
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    await query(first.url('postgres'), 'create database "odd name %"');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await world.start(folder, { durability: 'durable' });
    expect(await query(second.url('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(await query(second.url('odd name %'), 'select 1 as one')).toEqual([{ one: 1 }]);
    const wrong = second.url('postgres').replace(encodeURIComponent(password), 'guess');
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('is UTF-8 with a collation that no library can change, listens on loopback only and has no socket', async () => {
    const server = await world.start(await world.cluster(), {
      settings: { work_mem: '5MB', port: '1', listen_addresses: '*' },
    });
    const [row] = await query(
      server.url('postgres'),
      `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
              current_setting('listen_addresses') as addresses, current_setting('port') as port,
              current_setting('unix_socket_directories') as sockets, current_setting('jit') as jit,
              current_setting('work_mem') as memory, current_setting('max_connections') as connections
         from pg_database where datname = 'postgres'`,
    );
    expect(row).toEqual({
      ...{ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', addresses: '127.0.0.1', port: String(server.port) },
      ...{ sockets: '', jit: 'off', memory: '5MB', connections: '200' },
    });
  });

  it('keeps the password and the data from other accounts', async () => {
    const server = await world.start(await world.cluster());
    const mode = (name: string) => fs.statSync(path.join(server.folder, name)).mode & 0o777;
    expect([mode('.'), mode('postgres'), mode('postgres.log')]).toEqual([0o700, 0o700, 0o600]);
    expect(fs.readdirSync(server.folder).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('starts two at the same time in two folders, each with its own data', async () => {
    const servers = await Promise.all([world.start(world.folder()), world.start(world.folder())]);
    for (const [index, server] of servers.entries()) {
      await query(server.url('postgres'), `create table mine as select ${index} as number`);
    }
    const rows = await Promise.all(servers.map((server) => query(server.url('postgres'), 'select number from mine')));
    expect(rows).toEqual([[{ number: 0 }], [{ number: 1 }]]);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(2);
  });

  it('takes another port when somebody else took the one it was about to use', async () => {
    const folder = await world.cluster();
    const blocker = net.createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const taken = Object.values(blocker.address() ?? {}).find((part) => typeof part === 'number') ?? 0;
    const tried: number[] = [];
    const server = await startBy(folder, (port) => {
      tried.push(tried.length === 0 ? taken : port);
      return tried.at(-1) ?? 0;
    });
    expect(tried).toEqual([taken, server.port]);
    await server.end();
    blocker.close();
  });

  it('looks at the folder again when somebody else got it just before the server did', async () => {
    const folder = await world.cluster();
    const pidFile = path.join(folder, 'postgres', 'postmaster.pid');
    let attempts = 0;
    const server = await startBy(folder, (port) => {
      const { uid, gid } = fs.statSync(path.dirname(pidFile));
      if (++attempts > 1) return port;
      const rival = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
      onTestFinished(() => void rival.kill('SIGKILL'));
      fs.writeFileSync(pidFile, `${rival.pid}\n`);
      fs.chownSync(pidFile, uid, gid);
      return port;
    });
    expect(attempts).toBe(2);
    await server.end();
  });

  it('can be stopped twice, and gently after it was killed', async () => {
    const server = await world.start(await world.cluster());
    await Promise.all([server.stop(), server.stop('immediate')]);
    await server.stop();
    const again = await world.start(server.folder);
    process.kill(again.pid, 'SIGKILL');
    await until(() => !isAlive(again.pid), 2000);
    await again.stop();
  });

  it('removes the folder at stop only when asked to', async () => {
    const kept = await world.start(await world.cluster());
    const removed = await world.start(await world.cluster(), { removeOnExit: true });
    await Promise.all([kept.stop(), removed.stop()]);
    expect([kept.folder, removed.folder].map((folder) => fs.existsSync(folder))).toEqual([true, false]);
  });

  it('says in its error what the log says and what to do, and leaves nothing running', async () => {
    const folder = await world.cluster();
    const error = await world.start(folder, { settings: { work_mem: 'plenty' } }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EmbeddedPostgresError);
    expect(error).toMatchObject({ code: 'START_FAILED' });
    expect(String(error)).toMatch(
      /invalid value for parameter "work_mem": "plenty"[^]*One of the settings given is not/,
    );
    await world.start(folder);
  });

  it('refuses a folder with files that are no cluster, and leaves them alone', async () => {
    const folder = world.folder();
    fs.mkdirSync(path.join(folder, 'postgres'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'postgres', 'precious'), '');
    await expect(world.start(folder)).rejects.toMatchObject({ code: 'START_FAILED', message: /no PostgreSQL cluster/ });
    expect(fs.existsSync(path.join(folder, 'postgres', 'precious'))).toBe(true);
  });
});
