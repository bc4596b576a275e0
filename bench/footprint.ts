import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { ACT, CASES, CONFIRM, FORWARD, READ_UP_TO, SUBMIT } from '../test/support/api.ts';
import { settled } from '../test/faults/audit.ts';
import type { Client } from '../test/faults/client.ts';
import { Fleet } from './support/fleet.ts';
import { toFigure, type Figure } from './support/measure.ts';
import { SocketCrowd } from './support/socket-crowd.ts';

export interface FootprintSize {
  /** A multiple of 100. */
  readonly indicators: number;
  readonly sockets: number;
}

const BATCH = 100;
const OF_A_KEY = 50;
const IDLE_MS = 30_000;
const OPEN = `{ inbox(first: 100, filter: { state: [SENT, DELIVERED] }) { edges { node { id } } } }`;
const HEAD = '{ events(first: 1) { head } }';
const EVENTS = 'subscription { events { cursor events { sequence } } }';
const TABLES = `SELECT relname AS name, pg_total_relation_size(c.oid)::int AS bytes FROM pg_class c
  WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'`;
const COUNTS = `SELECT (SELECT count(*) FROM feed)::int AS feed, (SELECT count(*) FROM ledger)::int AS ledger,
  (SELECT count(*) FROM entry_subject)::int AS trail, pg_current_wal_insert_lsn() - '0/0' AS wal`;
/** What we plan with, in docs/scaling.md: a figure that has grown beyond it makes the plan wrong. */
const PLANNED = { bytes: 12_000, feedRows: 0.4, socket: 35_000 };

/**
 * What one indicator leaves behind once it has gone all the way, on a name of its own: submitted, confirmed, forwarded,
 * heard, answered. And what a socket that listens takes of its node's memory.
 */
export async function footprint({ indicators, sockets }: FootprintSize): Promise<Figure[]> {
  const fleet = await Fleet.start();
  try {
    // What one life writes first: statistics and pages of every table.
    await lives(fleet, BATCH);
    const before = await look(fleet);
    const spent = await fleet.spends(() => lives(fleet, indicators));
    const after = await look(fleet);
    const each = (of: (seen: Seen) => number) => (of(after) - of(before)) / indicators;
    const grown = [...after.tables].map(
      ([name, bytes]) => [name, (bytes - (before.tables.get(name) ?? 0)) / indicators] as const,
    );
    console.log(
      'bytes of each table for an indicator:',
      Object.fromEntries(grown.filter(([, bytes]) => bytes >= 50).toSorted((a, b) => b[1] - a[1])),
    );
    console.log('for an indicator:', {
      entries: each(({ ledger }) => ledger),
      trail: each(({ trail }) => trail),
      'bytes of WAL': each(({ wal }) => wal),
      'ms of CPU of the node': (spent.nodes * 1_000) / indicators,
      'ms of CPU of PostgreSQL': (spent.postgres * 1_000) / indicators,
    });
    const figure = (metric: string, ours: number, baseline: number) =>
      toFigure({ name: 'footprint', metric, bar: 1, goal: 0.7, better: 'most' }, [{ ours, baseline }]);
    return [
      figure(
        'bytes on disk for an indicator, all tables and indexes / planned with',
        each(({ bytes }) => bytes),
        PLANNED.bytes,
      ),
      figure(
        'rows of feeds for an indicator / planned with',
        each(({ feed }) => feed),
        PLANNED.feedRows,
      ),
      figure(
        'bytes of memory for a socket that listens / planned with',
        await ofASocket(fleet, sockets),
        PLANNED.socket,
      ),
    ];
  } finally {
    await fleet.end();
  }
}

interface Seen {
  readonly tables: ReadonlyMap<string, number>;
  readonly bytes: number;
  readonly feed: number;
  readonly ledger: number;
  readonly trail: number;
  readonly wal: number;
}

async function look({ stand }: Fleet): Promise<Seen> {
  await settled(stand);
  const rows = await stand.rows<{ name: string; bytes: number }>(TABLES);
  const [counts] = await stand.rows<{ feed: number; ledger: number; trail: number; wal: string }>(COUNTS);
  if (!counts) throw new Error('Nothing was counted.');
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return { ...counts, wal: Number(counts.wal), bytes, tables: new Map(rows.map((row) => [row.name, row.bytes])) };
}

let named = 0;

async function lives({ cast, stand }: Fleet, indicators: number): Promise<void> {
  const { vendor, cert, host } = cast;
  for (let from = 0; from < indicators; from += BATCH) {
    const some = Array.from({ length: BATCH }, () => {
      const place = `2001:db8:${((named += 1) >> 16).toString(16)}:${(named & 0xffff).toString(16)}`;
      return { value: `http://[${place}::1]/login`, category: 'PHISHING' };
    });
    await vendor.does(SUBMIT, { title: 'a hundred', tlp: 'AMBER', indicators: some });
    await settled(stand);
    for (const [state, verb] of [
      ['NEW', CONFIRM],
      ['CONFIRMED', FORWARD],
    ] as const) {
      const cases = await idsOf(cert, CASES, { first: BATCH, filter: { state } }, 'cases');
      await cert.does(verb, { cases });
      await settled(stand);
    }
    const { data } = (await host.asks(HEAD)) as { data: { events: { head: string } } };
    await host.asks(READ_UP_TO, { cursor: data.events.head });
    await host.does(ACT, { items: await idsOf(host, OPEN, {}, 'inbox'), action: 'CONTENT_REMOVED' });
  }
  await settled(stand);
  const [row] = await stand.rows<{ left: number }>(
    "SELECT count(*)::int AS left FROM inbox_item WHERE state <> 'ACTIONED'",
  );
  if (row?.left !== 0) throw new Error(`${row?.left} items were not answered.`);
}

type Found = Readonly<Record<string, { readonly edges: readonly { readonly node: { readonly id: string } }[] }>>;

async function idsOf(client: Client, query: string, variables: object, field: string): Promise<{ id: string }[]> {
  const { data } = (await client.asks(query, variables)) as { data: Found };
  const found = data[field];
  return (found?.edges ?? []).map(({ node: { id } }) => ({ id }));
}

/** What so many that listen add to the memory of the node, shared by them. */
async function ofASocket(fleet: Fleet, sockets: number): Promise<number> {
  // Those of the first, so that everything is loaded.
  const [before, crowd] = [new SocketCrowd(), new SocketCrowd()];
  const [url = ''] = fleet.wsUrls;
  const askers: Client[] = [];
  for (let n = 0; n < Math.ceil(sockets / OF_A_KEY); n += 1) askers.push(await fleet.provider(`Listener ${n}`));
  const listen = async (those: SocketCrowd, some: readonly Client[]) => {
    const open = some.map(({ key }) => ({ url, key, sockets: OF_A_KEY, variables: {}, keep: false }));
    await those.told({ open });
    await those.told({ subscribe: EVENTS });
    // Until the last of them was taken.
    await pause(3_000);
    return memoryOf(fleet.pid);
  };
  try {
    const few = await listen(before, askers.slice(0, 1));
    const bytes = (await listen(crowd, askers.slice(1))) - few;
    const idle = await fleet.spends(() => pause(IDLE_MS));
    const all = askers.length * OF_A_KEY;
    const each = (seconds: number) => ((seconds / (IDLE_MS / 1_000)) * 1e6) / all;
    console.log('µs of CPU in a second for a socket that hears nothing:', {
      'of the node': each(idle.nodes),
      'of PostgreSQL': each(idle.postgres),
    });
    return bytes / (all - OF_A_KEY);
  } finally {
    await Promise.all([before.end(), crowd.end()]);
  }
}

/** Resident, in bytes. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
