import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { rootOf, type Hash } from '../../src/verifier/tree.ts';
import { OLD_LOG_KEY, ORIGIN, pinnedOf, TestLog } from '../support/log-bundle.ts';
import { askFor, leavesOf } from '../support/witnessed.ts';
import { build, Running } from './built-cli.ts';
import { runHere } from './command-line.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

let place: string;
let running: Running[] = [];
beforeAll(build, 180_000);
beforeEach(() => (place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-witness-'))));
afterEach(async () => {
  await Promise.all(running.map((each) => each.end('SIGTERM')));
  running = [];
  fs.rmSync(place, { recursive: true });
});
afterAll(() => vi.restoreAllMocks());

function run(words: readonly string[], environment: Record<string, string> = {}): Running {
  const started = Running.start([...words, '--json'], environment);
  running.push(started);
  return started;
}

const inPlace = (name: string): string => path.join(place, name);
const witnessOf = (...words: string[]) => run(['witness', '--folder', inPlace('witness'), '--port', '0', ...words]);
const told = async (process: Running) => (await process.listening()) as unknown as { url: string; vkey: string };

describe('tocsin witness', () => {
  test('keeps what it saw through a kill -9, and refuses what is shorter or forked after it', async () => {
    const log = new TestLog();
    for (let position = 0; position < 60; position += 1) log.append('REPORT_SUBMITTED', ['vendor']);
    const leaves = leavesOf(log);
    const forked: Hash[] = leaves.with(3, rootOf([]));
    const words = ['--log', `${ORIGIN}=${pinnedOf(OLD_LOG_KEY)}`];
    const first = witnessOf('--name', 'one.example', ...words);
    const { url, vkey } = await told(first);
    const cosigned: number[] = [];
    // Killed in the midst of it: whatever it has answered for, it must still know.
    for (let size = 10; size < 60; size += 1) {
      if (size === 40) first.child.kill('SIGKILL');
      const answer = await askFor(url, leaves, cosigned.at(-1) ?? 0, size, OLD_LOG_KEY).catch(() => null);
      if (answer?.status === 200) cosigned.push(size);
      if (!answer) break;
    }
    const seen = cosigned.at(-1) ?? expect.fail('It has cosigned nothing.');
    expect(await first.ended()).toBe('SIGKILL');
    const again = await told(witnessOf(...words));
    expect(again.vkey).toBe(vkey);
    const { status, text } = await askFor(again.url, leaves, 0, 5, OLD_LOG_KEY);
    expect(status).toBe(409);
    expect(Number(text)).toBeGreaterThanOrEqual(seen);
    expect(await askFor(again.url, forked, Number(text), 60, OLD_LOG_KEY)).toMatchObject({ status: 422 });
    expect(await askFor(again.url, leaves, Number(text), 60, OLD_LOG_KEY)).toMatchObject({ status: 200 });
  }, 60_000);

  test('says what is wrong with how it is called', async () => {
    const key = pinnedOf(OLD_LOG_KEY);
    const at = ['witness', '--folder', inPlace('witness'), '--port', '0', '--json'];
    for (const words of [
      ['--name', 'one.example'],
      ['--name', 'one.example', '--log', 'word'],
      ['--log', key],
      ['--name', 'one+example', '--log', key],
      ['--name', 'one.example', '--log', key, '--port', '99999'],
    ]) {
      expect(await runHere([...at, ...words])).toMatchObject({ exit: 2, stdout: '' });
    }
  });
});

test('a hub that began alone asks a witness from its next start on, and whoever verifies it can ask for that', async () => {
  const hub = (environment = {}) => run(['serve', '--demo', '--folder', inPlace('hub'), '--port', '0'], environment);
  const alone = hub();
  await alone.listening();
  const { stdout } = await runHere(['keys', 'list', '--folder', inPlace('hub'), '--json']);
  const { keys } = JSON.parse(stdout) as { keys: { purpose: string; vkey: string }[] };
  const logKey = keys.find(({ purpose }) => purpose === 'LOG')?.vkey ?? expect.fail();
  await alone.end('SIGTERM');
  const witness = await told(witnessOf('--name', 'one.example', '--log', logKey));
  const { url } = await hub({ TOCSIN_WITNESS: `${witness.url} ${witness.vkey}` }).listening();
  const pins = ['--vkey', logKey, '--witness', witness.vkey];
  await vi.waitFor(async () => {
    const { stdout: verdict } = await runHere(['verify', url, ...pins, '--json']);
    expect(JSON.parse(verdict)).toMatchObject({ ok: true, cosignaturesVerified: 1 });
  }, PATIENCE);
}, 120_000);
