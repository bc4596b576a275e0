import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { createWorld, type Party, type World } from '../support/world.ts';
import { Running, build } from './built-cli.ts';
import { runHere } from './command-line.ts';
import { Line } from './line.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-watch-'));
let world: World;
let line: Line;
let host: Party;
let started: { end(signal: NodeJS.Signals): Promise<unknown> }[] = [];

beforeAll(async () => {
  await build();
  world = await createWorld();
}, 180_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  fs.rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  host = await world.provider();
  line = await Line.to(world.hub.url);
});
afterEach(async () => {
  await Promise.all(started.map((running) => running.end('SIGKILL')));
  started = [];
  await line.close();
});

/** So many events of the host, one after the other. */
async function happen(count: number, of: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await host.claims([{ role: 'HOST', domainSuffix: `${of}-${index}.example` }]);
  }
  await world.settled();
}

/** The cursor after the first event of the host's feed. */
async function firstCursor(): Promise<string> {
  await world.settled();
  return (await host.events())[0]?.cursor ?? '';
}

function watch(...words: string[]): Running {
  const environment = { TOCSIN_URL: line.url, TOCSIN_KEY: host.key, TOCSIN_FOLDER: folder };
  const running = Running.start(['watch', '--json', ...words], environment);
  started.push(running);
  return running;
}

const linesOf = ({ stdout }: { readonly stdout: string }): string[] => stdout.split('\n').slice(0, -1);
const numbersOf = (running: Running): number[] =>
  linesOf(running).map((text) => Number((JSON.parse(text) as { sequence: string }).sequence));
const upTo = (last: number, first = 2): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('tocsin watch', () => {
  it('prints each event once and in order, also across cut connections, and says where to go on', async () => {
    const running = watch('--after', await firstCursor());
    await happen(3, 'before');
    await vi.waitFor(() => expect(numbersOf(running)).toEqual(upTo(4)), PATIENCE);
    line.cut();
    await happen(3, 'during');
    await vi.waitFor(() => expect(numbersOf(running)).toEqual(upTo(7)), PATIENCE);
    expect(await running.end('SIGINT')).toBe(0);
    const [, cursor = ''] = /--after (\S+)/.exec(running.stderr) ?? [];
    await happen(1, 'after');
    const again = watch('--after', cursor);
    await vi.waitFor(() => expect(numbersOf(again)).toEqual([8]), PATIENCE);
  });

  it('acknowledges what it has printed, and not its own acknowledgements', async () => {
    await happen(2, 'read');
    const running = watch('--after', await firstCursor(), '--acknowledge');
    await vi.waitFor(() => expect(running.stdout).toContain('EVENTS_ACKNOWLEDGED'), PATIENCE);
    await running.end('SIGTERM');
    await world.settled();
    const told = (await host.events()).filter(({ kind }) => kind === 'EVENTS_ACKNOWLEDGED');
    expect(told).toMatchObject([{ details: [{ upTo: '3' }] }]);
  });

  it('refuses to acknowledge what --kinds leaves out, a kind that is none, and a cursor of nobody', async () => {
    const run = (...words: string[]) =>
      runHere(['watch', '--json', ...words], { TOCSIN_URL: line.url, TOCSIN_KEY: host.key, TOCSIN_FOLDER: folder });
    const refusals = [
      await run('--kinds', 'ITEMS_ARRIVED', '--acknowledge'),
      await run('--kinds', 'NO_SUCH_KIND'),
      await run('--after', 'yesterday'),
    ];
    expect(refusals.map(({ exit, stdout }) => [exit, stdout])).toEqual([
      [2, ''],
      [2, ''],
      [2, ''],
    ]);
  });

  it('says when no hub answers, and when the key is not good', async () => {
    const run = (url: string, key: string) =>
      runHere(['watch', '--json'], { TOCSIN_URL: url, TOCSIN_KEY: key, TOCSIN_FOLDER: folder });
    const unknown = await run(line.url, `tocsin_${'x'.repeat(43)}`);
    expect(JSON.parse(unknown.stderr).error).toMatchObject({ code: 'UNAUTHENTICATED', exit: 4 });
    const nowhere = await Line.to(world.hub.url);
    await nowhere.close();
    const unreachable = await run(nowhere.url, host.key);
    expect(JSON.parse(unreachable.stderr).error).toMatchObject({ code: 'UNREACHABLE', exit: 3 });
  });
});

describe('examples/watch.mjs', () => {
  it('prints each event once across a cut, acknowledges, and goes on from its file when it is started again', async () => {
    const file = path.join(folder, 'cursor.txt');
    fs.writeFileSync(file, await firstCursor());
    const first = new Example(file);
    await happen(2, 'before');
    await vi.waitFor(() => expect(printed(first)).toEqual(expect.arrayContaining([2, 3])), PATIENCE);
    line.cut();
    await happen(2, 'during');
    await vi.waitFor(() => expect(claimsIn(first)).toBe(4), PATIENCE);
    await vi.waitFor(async () => expect(await news()).toBe(0), PATIENCE);
    const numbers = printed(first);
    expect(numbers).toEqual(upTo(numbers.length + 1));
    await first.end('SIGKILL');

    await happen(1, 'after');
    const second = new Example(file);
    await vi.waitFor(() => expect(claimsIn(second)).toBe(1), PATIENCE);
    expect(Math.min(...printed(second))).toBeGreaterThanOrEqual(numbers.length);
  });
});

/** The example in a process of its own. */
class Example {
  stdout = '';
  private readonly child: ChildProcess;

  constructor(file: string) {
    const script = path.resolve(import.meta.dirname, '../../examples/watch.mjs');
    this.child = spawn(process.execPath, [script, line.url, host.key, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (text) => (this.stdout += String(text)));
    started.push(this);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

const printed = (running: Example): number[] => linesOf(running).map((text) => Number(text.split(' ')[0]));
const claimsIn = (running: Example): number =>
  linesOf(running).filter((text) => text.includes('ASSETS_CLAIMED')).length;

/** How many of the host's events nobody has acknowledged, acknowledgements apart. */
async function news(): Promise<number> {
  const events = await host.events();
  const [last] = events.filter(({ kind }) => kind === 'EVENTS_ACKNOWLEDGED').slice(-1);
  const upToLast = Number((last?.details[0] as { upTo: string } | undefined)?.upTo ?? 0);
  return events.filter(({ kind, sequence }) => kind !== 'EVENTS_ACKNOWLEDGED' && Number(sequence) > upToLast).length;
}
