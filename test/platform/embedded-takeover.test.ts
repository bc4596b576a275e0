import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedWorld, isAlive, query, removeTemplate, until, watchdogsOf } from './embedded-world.ts';

let world: EmbeddedWorld;
beforeEach(() => void (world = new EmbeddedWorld()));
afterEach(() => world.clear());
afterAll(removeTemplate);

describe('when the process that owns the server ends', () => {
  it('by kill -9 under writes, the server ends too and the next start has all that was committed', async () => {
    const folder = await world.cluster();
    const owner = await world.own({ folder, durability: 'durable' }, 'write');
    await until(() => owner.lines.length > 100, 10_000);
    await owner.kill('SIGKILL');
    await until(() => !isAlive(owner.pid), 2500);

    const server = await world.start(folder, { durability: 'durable' });
    const [row] = await query<{ last: string; count: string }>(
      server.url('postgres'),
      'select max(n) as last, count(*) from written',
    );
    expect(Number(row?.last)).toBeGreaterThanOrEqual(Number(owner.lines.at(-1)));
    expect(row?.count).toBe(row?.last);
  });

  it('by having nothing left to do, neither the server nor the watchdog keep it going', async () => {
    const owner = await world.own({ folder: await world.cluster() }, 'return');
    if (owner.process.exitCode === null) await once(owner.process, 'exit');
    expect(owner.process.exitCode).toBe(0);
    await until(() => !isAlive(owner.pid), 2000);
  });

  it('by Ctrl-C, the signal reaches it and not the server, which still answers', async () => {
    const owner = await world.own({ folder: await world.cluster() }, 'query on SIGINT', { detached: true });
    process.kill(-(owner.process.pid ?? 0), 'SIGINT');
    await once(owner.process, 'close');
    expect(owner.lines.at(-1)).toBe('still answering');
  });

  it('the folder is removed only when that was asked for', async () => {
    const removed = await world.own({ folder: await world.cluster(), removeOnExit: true }, 'stay');
    const kept = await world.own({ folder: await world.cluster() }, 'stay');
    const folders = [removed, kept].map(({ pid }) => path.dirname(fs.readlinkSync(`/proc/${pid}/cwd`)));
    await Promise.all([removed.kill('SIGKILL'), kept.kill('SIGKILL')]);
    await until(() => !isAlive(kept.pid) && !fs.existsSync(folders[0] ?? ''), 3000);
    expect(fs.existsSync(path.join(folders[1] ?? '', 'postgres', 'PG_VERSION'))).toBe(true);
  });

  it('in the middle of initdb, the next start begins anew and clears the remains', async () => {
    const folder = world.folder();
    const child = world.launch({ folder }, 'stay');
    const staged = () =>
      fs.existsSync(folder) && fs.readdirSync(folder).find((name) => name.startsWith('postgres.init.'));
    await until(() => fs.existsSync(path.join(folder, staged() || 'none', 'data', 'base')), 10_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(fs.readdirSync(folder)).toEqual([staged()]);

    const server = await world.start(folder);
    expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(fs.readdirSync(folder).sort()).toEqual(['postgres', 'postgres.log']);
  });
});

describe('a folder on which a server runs', () => {
  it('is refused while its owner lives, saying which process holds it', async () => {
    const folder = await world.cluster();
    const owner = await world.own({ folder }, 'stay');
    const holder = owner.process.pid;
    await expect(world.start(folder)).rejects.toMatchObject({
      ...{ name: 'EmbeddedPostgresError', code: 'FOLDER_IN_USE', holder },
      message: expect.stringMatching(
        new RegExp(`process ${holder} .*embedded-owner.* runs PostgreSQL ${owner.pid} on it. Stop`),
      ),
    });
    expect(await query(owner.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is refused within the same process too', async () => {
    const server = await world.start(await world.cluster());
    const message = expect.stringContaining(`this process, ${process.pid}, runs PostgreSQL ${server.pid}`);
    await expect(world.start(server.folder)).rejects.toMatchObject({ code: 'FOLDER_IN_USE', message });
  });

  it('goes to one of three starts at once, also while the cluster is still to be made, and the others are refused', async () => {
    for (const folder of [world.folder(), await world.cluster()]) {
      const outcomes = await Promise.allSettled([world.start(folder), world.start(folder), world.start(folder)]);
      const refusals = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
      expect(refusals).toMatchObject([{ code: 'FOLDER_IN_USE' }, { code: 'FOLDER_IN_USE' }]);
    }
  });

  it('is taken over from an owner that is gone together with its watchdog, whose output did not stay open', async () => {
    const folder = await world.cluster();
    const owner = await world.own({ folder, durability: 'durable' }, 'stay');
    await query(owner.url, 'create table kept as select 42 as answer');
    for (const watchdog of watchdogsOf(owner.process.pid ?? 0)) process.kill(watchdog, 'SIGKILL');
    await owner.kill('SIGKILL');
    await until(() => owner.process.stdout?.closed === true, 1000);
    expect(await query(owner.url, 'select 1 as orphaned')).toEqual([{ orphaned: 1 }]);

    const server = await world.start(folder);
    expect(isAlive(owner.pid)).toBe(false);
    expect(await query(server.url('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it.each([
    ['another process of the account, which is left alone', 'exec sleep 60', /S/],
    ['a zombie of the account', 'sh -c "echo \\$\\$" & exec sleep 60', /Z/],
  ])('is not taken for one when postmaster.pid names %s', async (_, script, state) => {
    const server = await world.start(await world.cluster());
    const data = path.join(server.folder, 'postgres');
    const pidFile = path.join(data, 'postmaster.pid');
    const text = fs.readFileSync(pidFile, 'utf8');
    await server.stop('immediate');
    const { uid, gid } = fs.statSync(data);
    const stranger = spawn('sh', ['-c', script], { uid, gid, cwd: data, stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = state.test('Z') ? Number((await once(stranger.stdout, 'data')).toString()) : (stranger.pid ?? 0);
    const status = () => fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    await until(() => state.test(/State:\s*(.)/.exec(status())?.[1] ?? ''), 2000);
    fs.writeFileSync(pidFile, text.replace(/^\d+/, String(pid)));

    const again = await world.start(server.folder);
    expect(await query(again.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(status()).toMatch(state.test('Z') ? /State:\s*Z/ : /State:\s*S/);
    stranger.kill('SIGKILL');
  });

  it('can be had after the server alone was killed in the middle of a long query', async () => {
    const server = await world.start(await world.cluster());
    const busy = query(server.url('postgres'), 'select count(*) from generate_series(1, 1e12)').catch(() => 'lost');
    const sql = `select pid from pg_stat_activity where query like '%1e12%' and pid <> pg_backend_pid()`;
    let sessions: { pid: number }[] = [];
    while (sessions.length === 0) sessions = await query(server.url('postgres'), sql);
    process.kill(server.pid, 'SIGKILL');

    await world.start(server.folder);
    expect(sessions.map(({ pid }) => isAlive(pid))).toEqual([false]);
    expect(await busy).toBe('lost');
  });

  it('is not taken for one when postmaster.pid is empty after a crash', async () => {
    const server = await world.start(await world.cluster());
    await server.stop();
    fs.writeFileSync(path.join(server.folder, 'postgres', 'postmaster.pid'), '');
    await world.start(server.folder);
  });
});
