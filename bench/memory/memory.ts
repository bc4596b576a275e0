import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { everyProcess, parentOf } from '../../src/platform/database/embedded/process-identity.ts';
import { startOnPort } from '../../src/server/free-port.ts';
import { grow, headOf } from '../support/feeds.ts';
import { toFigure, type Figure } from '../support/measure.ts';
import type { NodeOf, NodeReply } from './measured-node.ts';
import { makePlace, type Asker, type Place } from '../support/place.ts';
import { ServedHub } from '../support/served-hub.ts';
import { SlowReader } from './slow-reader.ts';
import { SocketCrowd, type Batch } from '../support/socket-crowd.ts';

interface Size {
  /** How long a hub is left alone before its memory is looked at. */
  readonly restMs: number;
  readonly sockets: number;
  readonly organisations: number;
  readonly slowMs: number;
}

const EVENTS = `subscription Told($after: String) { events(after: $after) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind at actor { id name } summary subjects details entryId } } }`;

/** Seldom enough that much waits, and often enough that it is not closed as one who sleeps. */
const READ_EVERY_MS = 8_000;

/** What a hub takes at rest, for each socket that listens, and for one that is read slowly. */
export async function memory({ restMs, sockets, organisations, slowMs }: Size): Promise<Figure[]> {
  const resting = await atRest(restMs);
  const place = await makePlace();
  try {
    const askers: Asker[] = [];
    for (let n = 0; n < organisations; n += 1) askers.push(await place.organisation(['PROVIDER']));
    const each = await forEachSocket(place, askers, sockets);
    const [reader] = askers;
    return [...resting, ...each, ...(reader ? await forSlowOne(place, reader, slowMs) : [])];
  } finally {
    await place.leave();
  }
}

/** Against an amount that is demanded: these are no comparison. */
function bounded(metric: string, ours: number, most: number, goal = 0.5): Figure {
  return toFigure({ name: 'memory', metric, bar: 1, goal, better: 'most' }, [{ ours, baseline: most }]);
}

/** The hub that `npm start` serves and its database, each page of memory counted once among them (PSS). */
async function atRest(restMs: number): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-bench-'));
  try {
    const port = await startOnPort(null, '127.0.0.1', (free) => Promise.resolve(free));
    const hub = await ServedHub.start(path.join(folder, 'hub'), port);
    await hub.answers();
    await pause(restMs);
    const all = [hub.pid, ...descendantsOf(hub.pid)].map(proportionalMb);
    const sum = all.reduce((one, other) => one + other);
    await hub.stop();
    return [bounded('MB of hub and database at rest / 350 MB', sum, 350)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function descendantsOf(pid: number): number[] {
  const children = everyProcess().filter((one) => parentOf(one) === pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function proportionalMb(pid: number): number {
  const kilobytes = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** What a subscription that waits costs more than a socket of `ws` on which nothing is said. */
async function forEachSocket(place: Place, askers: readonly Asker[], sockets: number): Promise<Figure[]> {
  const heads = await Promise.all(askers.map(headOf));
  const each = Math.floor(sockets / askers.length);
  const held = async (node: MeasuredNode, bare: boolean) => {
    const crowd = new SocketCrowd();
    const before = await node.memory();
    const batches = askers.map(({ key }, n): Batch => {
      return { url: node.url, key: bare ? null : key, sockets: each, variables: { after: heads[n] }, keep: false };
    });
    await crowd.told({ open: batches });
    if (!bare) await crowd.told({ subscribe: EVENTS });
    await node.until(({ sockets: open, subscriptions }) => (bare ? open : subscriptions) === each * askers.length);
    await pause(1_000);
    const after = await node.memory();
    await crowd.end();
    await node.stop();
    return (after - before) / (each * askers.length) / 1000;
  };
  const ours = await held(await MeasuredNode.start(place), false);
  const bare = await held(await MeasuredNode.start(null), true);
  return [bounded('kB for an idle subscription beside a bare socket / 35 kB', ours - bare, 35)];
}

/** What is held for a client that reads a message now and then, while much more happens; nothing of it gets lost. */
async function forSlowOne(place: Place, asker: Asker, forMs: number): Promise<Figure[]> {
  const node = await MeasuredNode.start(place);
  const reader = await SlowReader.open(node.url, asker.key, EVENTS, await headOf(asker));
  let events = 0;
  let readAt = 0;
  const happens = async (untilMs: number) => {
    for (const ends = performance.now() + untilMs; performance.now() < ends; events += 100) {
      await grow(place, [asker], 100);
      if (performance.now() - readAt > READ_EVERY_MS) {
        await reader.readsOne();
        readAt = performance.now();
      }
      await pause(500);
    }
  };
  await happens(Math.min(forMs, 10_000));
  const before = await node.memory();
  await happens(forMs);
  const after = await node.memory();
  await reader.readsAll(events);
  await node.stop();
  return [bounded(`MB more after ${forMs / 1000} s of a slow consumer / 1 MB`, (after - before) / 1e6, 1)];
}

/** A second node of the place, or a bare server of sockets, in a process whose memory is its alone. */
class MeasuredNode {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(place: Place | null): Promise<MeasuredNode> {
    const child = fork(path.resolve('dist/bench/memory/measured-node.js'), { execArgv: ['--expose-gc'] });
    const of: NodeOf = place && { address: place.address, data: place.data };
    child.send({ of });
    const [reply] = await replyOf(child);
    return new MeasuredNode(child, reply.url);
  }

  /** Bytes of the process that cannot be given back. */
  async memory(): Promise<number> {
    return (await this.asks()).bytes;
  }

  async until(holds: (reply: NodeReply) => boolean): Promise<void> {
    while (!holds(await this.asks())) await pause(50);
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }

  private async asks(): Promise<NodeReply> {
    this.child.send('look');
    const [reply] = await replyOf(this.child);
    return reply;
  }
}

async function replyOf(child: ChildProcess): Promise<[NodeReply]> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`The node ended with ${code}.`);
  });
  try {
    return await Promise.race([once(child, 'message', { signal }) as Promise<[NodeReply]>, ended]);
  } finally {
    ended.catch(() => undefined);
    waiting.abort();
  }
}
