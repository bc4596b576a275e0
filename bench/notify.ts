import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { PostgresServer } from '../test/faults/postgres-server.ts';
import { quantile, toFigure, type Figure } from './support/measure.ts';

export interface NotifySize {
  readonly forMs: number;
  readonly pairs: number;
}

const WRITERS = 8;
const LISTENERS = 3;
/** As long as that of a batch: ids of forty organisations. */
const GROWN = Array.from({ length: 40 }, () => '01890000-0000-7000-8000-000000000000').join(',');

/** Who notifies: nobody; who numbers, once a batch, as the hub does; or each writer in its own transaction. */
type Who = 'NOBODY' | 'ONE_A_BATCH' | 'EVERYBODY';

/** Batches at a pace, one in 5 ms, which is what a busy hub comes to; or as fast as they can be committed. */
type Pace = 'PACED' | 'AT_ONCE';
type Way = `${Who} ${Pace}`;

const WAYS: readonly Way[] = [
  'NOBODY PACED',
  'ONE_A_BATCH PACED',
  'NOBODY AT_ONCE',
  'ONE_A_BATCH AT_ONCE',
  'EVERYBODY AT_ONCE',
];
const PACE_MS = 5;

/** In a second: commits of the writers, and of who numbers; and how long each notification took to all listeners, in ms. */
interface Seen {
  readonly writers: number;
  readonly batches: number;
  readonly waits: readonly number[];
}

/**
 * What a notification costs who writes: durable commits of eight writers beside one session that commits
 * batches, as the numbering does, and three that listen.
 */
export async function notify({ forMs, pairs }: NotifySize): Promise<Figure[]> {
  const server = await PostgresServer.start();
  const bench = await Bench.on(server.url('postgres'));
  try {
    await bench.run('NOBODY AT_ONCE', forMs / 4);
    const measured: Record<Way, Seen>[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const seen = {} as Record<Way, Seen>;
      for (const way of pair % 2 === 0 ? WAYS : WAYS.toReversed()) seen[way] = await bench.run(way, forMs);
      measured.push(seen);
    }
    return figures(measured);
  } finally {
    await bench.end();
    await server.stop();
  }
}

function figures(measured: readonly Record<Way, Seen>[]): Figure[] {
  const each = (
    metric: string,
    [bar, goal]: readonly [number, number],
    [ways, baseline]: readonly [Way, Way],
    of: (seen: Seen) => number,
  ): Figure =>
    toFigure(
      { name: 'notify', metric, bar, goal, better: 'least' },
      measured.map((seen) => ({ ours: of(seen[ways]), baseline: of(seen[baseline]) })),
    );
  const writers = ({ writers: commits }: Seen) => commits;
  const waits = measured.flatMap((seen) => seen['ONE_A_BATCH PACED'].waits);
  const paced: readonly [Way, Way] = ['ONE_A_BATCH PACED', 'NOBODY PACED'];
  const atOnce: readonly [Way, Way] = ['ONE_A_BATCH AT_ONCE', 'NOBODY AT_ONCE'];
  return [
    each("writers' commits/s, one NOTIFY in 5 ms / none", [0.95, 0.98], paced, writers),
    each("writers' commits/s, as many NOTIFY as one session can commit / none", [0.75, 0.9], atOnce, writers),
    each(
      'batches/s that one session can commit, each with a NOTIFY / none',
      [0.7, 0.9],
      atOnce,
      (seen) => seen.batches,
    ),
    each("writers' commits/s, a NOTIFY in each / none", [0, 0], ['EVERYBODY AT_ONCE', 'NOBODY AT_ONCE'], writers),
    toFigure(
      {
        name: 'notify',
        metric: `ms from NOTIFY to ${LISTENERS} listeners, p99 / 100`,
        bar: 1,
        goal: 0.1,
        better: 'most',
      },
      [{ ours: quantile(waits, 0.99), baseline: 100 }],
    ),
  ];
}

class Bench {
  private readonly arrivals = new Map<string, number>();

  private constructor(
    private readonly writers: readonly pg.Client[],
    private readonly numbering: pg.Client,
    private readonly listeners: readonly pg.Client[],
  ) {}

  static async on(connectionString: string): Promise<Bench> {
    const connect = async () => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      return client;
    };
    const many = (count: number) => Promise.all(Array.from({ length: count }, connect));
    const bench = new Bench(await many(WRITERS), await connect(), await many(LISTENERS));
    await bench.numbering.query(
      'CREATE TABLE written (n int); CREATE TABLE head (size int); INSERT INTO head VALUES (0)',
    );
    for (const listener of bench.listeners) {
      listener.on('notification', ({ payload = '' }) => bench.arrived(payload.split(' ')[0] ?? ''));
      await listener.query('LISTEN grown');
    }
    return bench;
  }

  async run(way: Way, forMs: number): Promise<Seen> {
    const [who, pace] = way.split(' ') as [Who, Pace];
    const until = performance.now() + forMs;
    const counts = { writers: 0, batches: 0 };
    const sent = new Map<string, number>();
    const write = async (client: pg.Client) => {
      while (performance.now() < until) {
        await client.query(
          who === 'EVERYBODY' ? `BEGIN; ${WRITE}; NOTIFY grown, 'own'; COMMIT` : `BEGIN; ${WRITE}; COMMIT`,
        );
        counts.writers += 1;
      }
    };
    const number = async () => {
      while (performance.now() < until) {
        const id = `${counts.batches}-${until}`;
        const said = who === 'ONE_A_BATCH' ? `SELECT pg_notify('grown', '${id} ${GROWN}');` : '';
        await this.numbering.query(`BEGIN; UPDATE head SET size = size + 1; ${said} COMMIT`);
        sent.set(id, performance.now());
        counts.batches += 1;
        if (pace === 'PACED') await pause(PACE_MS);
      }
    };
    await Promise.all([...this.writers.map(write), number()]);
    const waits = who === 'ONE_A_BATCH' ? await this.waitsOf(sent) : [];
    return { writers: (counts.writers / forMs) * 1_000, batches: (counts.batches / forMs) * 1_000, waits };
  }

  async end(): Promise<void> {
    await Promise.all([...this.writers, this.numbering, ...this.listeners].map((client) => client.end()));
  }

  private arrived(id: string): void {
    this.heard.set(id, (this.heard.get(id) ?? 0) + 1);
    if (this.heard.get(id) === LISTENERS) this.arrivals.set(id, performance.now());
  }

  private readonly heard = new Map<string, number>();

  /** After the answer to COMMIT; throws where one was not heard by all. */
  private async waitsOf(sent: ReadonlyMap<string, number>): Promise<number[]> {
    await pause(500);
    return [...sent].map(([id, at]) => {
      const arrived = this.arrivals.get(id);
      if (arrived === undefined) throw new Error('A notification was not heard by every listener.');
      return Math.max(0, arrived - at);
    });
  }
}

const WRITE = 'INSERT INTO written VALUES (1)';
