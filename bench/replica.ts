import { setTimeout as pause } from 'node:timers/promises';

import { startHub, type Hub } from '../src/server/hub.ts';
import { proofFiles } from '../src/server/proof-files.ts';
import { silentLog } from '../src/platform/log.ts';
import { Standby } from '../test/support/standby.ts';
import { cpuOf, cpuOfPostgres } from './support/cpu.ts';
import { fillCases } from './support/filled-cases.ts';
import { Loader } from './support/load.ts';
import { toFigure, type Figure } from './support/measure.ts';
import { makePlace, type Place } from './support/place.ts';

const PAGE = `{ cases(first: 50) { edges { node { id resource state dueAt version
  referrals { id provider role state } indicators(first: 1) { edges { node { id value } } } } } } }`;
const AT_ONCE = 8;
/** What an asker may ask is not what is measured. */
const UNBOUNDED = { rate: { client: { maximum: 1e9, restoreRate: 1e6 } } };
/** Of looks by the replica that the primary answered: more, and it is not the replica that was measured. */
const MOST_ASIDE = 0.05;

/** What one look costs: of CPU in µs, at the primary and in all, and how many there are a second. */
interface Cost {
  readonly primary: number;
  readonly all: number;
  readonly rate: number;
}

export interface ReplicaSize {
  readonly cases: number;
  readonly requests: number;
  readonly pairs: number;
}

/**
 * The same looks at two nodes of one hub, of which one has a replica: what they cost the primary, and what they cost in
 * all, the node, the primary and the replica together. Both must give the same answer.
 */
export async function replica({ cases, requests, pairs }: ReplicaSize): Promise<Figure[]> {
  const place = await makePlace(UNBOUNDED);
  const loader = new Loader();
  const cert = await place.organisation(['CERT']);
  const admin = await place.connect();
  const { rows } = await admin.query<{ id: string }>(`SELECT id FROM organisation WHERE 'CERT' = ANY (roles)`);
  await fillCases(admin, rows[0]?.id ?? '', { cases, referrals: 2, indicators: 3 });
  await admin.end();
  const standby = await Standby.of(place.postgres);
  const node = await nodeWith(place, standby.url('postgres'));
  try {
    const first = await cert.ask<{ cases: { edges: { node: { id: string } }[] } }>(PAGE);
    const id = first.cases.edges[0]?.node.id ?? '';
    while ((await looksOf(node, () => ask(node, cert.key, PAGE))).level === 0) await pause(20);
    const costs = (query: string, hub: Hub) => () =>
      costOf({ place, standby, loader }, { hub, key: cert.key, query, requests });
    return [
      ...(await compared('a page of 50 cases', costs(PAGE, node), costs(PAGE, place.hub), pairs)),
      ...(await compared('one case', costs(one(id), node), costs(one(id), place.hub), pairs)),
    ];
  } finally {
    await loader.stop();
    await node.stop();
    await standby.stop();
    await place.leave();
  }
}

const one = (id: string): string => `{ case(id: "${id}") { id resource state } }`;

const nodeWith = ({ address, data }: Place, replicaUrl: string): Promise<Hub> =>
  startHub({
    ...{ database: { ...address, replicaUrl }, works: false, documentation: true, log: silentLog },
    limits: UNBOUNDED,
    ...{ host: '127.0.0.1', port: 0, proof: proofFiles('EMBEDDED', data) },
  });

async function compared(
  what: string,
  byReplica: () => Promise<Cost>,
  byPrimary: () => Promise<Cost>,
  pairs: number,
): Promise<Figure[]> {
  await byReplica();
  await byPrimary();
  const measured: { ours: Cost; baseline: Cost }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const ours = await byReplica();
      measured.push({ ours, baseline: await byPrimary() });
    } else {
      const baseline = await byPrimary();
      measured.push({ ours: await byReplica(), baseline });
    }
  }
  const figure = (metric: string, of: keyof Cost, limits: { bar: number; goal: number; better: 'least' | 'most' }) =>
    toFigure(
      { name: 'replica', metric: `${what}: ${metric}, by the replica / by the primary`, ...limits },
      measured.map(({ ours, baseline }) => ({ ours: ours[of], baseline: baseline[of] })),
    );
  return [
    figure('µs of CPU of the primary', 'primary', { bar: 0.5, goal: 0.2, better: 'most' }),
    figure('µs of CPU in all', 'all', { bar: 1.5, goal: 1.2, better: 'most' }),
    figure('looks/s', 'rate', { bar: 0.7, goal: 0.9, better: 'least' }),
  ];
}

interface Asked {
  readonly hub: Hub;
  readonly key: string;
  readonly query: string;
  readonly requests: number;
}

async function costOf(
  { place, standby, loader }: { place: Place; standby: Standby; loader: Loader },
  { hub, key, query, requests }: Asked,
): Promise<Cost> {
  const bodies = Array.from({ length: requests }, () => JSON.stringify({ query }));
  const expected = JSON.stringify(await ask(place.hub, key, query));
  const spent = () => [cpuOfPostgres(place.postgres.pid), cpuOfPostgres(standby.server.pid), cpuOf(process.pid)];
  const before = spent();
  let rate = 0;
  const looks = await looksOf(hub, async () => {
    rate = await loader.rate({ url: hub.url, key, bodies, atOnce: AT_ONCE }, (data) => {
      if (JSON.stringify(data) !== expected) throw new Error(`Another answer: ${JSON.stringify(data).slice(0, 300)}`);
    });
  });
  if (hub.app.replica && looks.aside > requests * MOST_ASIDE)
    throw new Error(`Of ${requests} looks the primary answered ${looks.aside}.`);
  const [primary = 0, ...others] = spent().map((now, n) => ((now - (before[n] ?? 0)) * 1e6) / requests);
  return { primary, all: others.reduce((sum, each) => sum + each, primary), rate };
}

/** How many looks the replica answered during some work, and how many the primary in its stead. */
async function looksOf(hub: Hub, work: () => Promise<unknown>): Promise<{ level: number; aside: number }> {
  const now = () => {
    const looks = [...(hub.app.replica?.looks ?? [])];
    const sum = (of: typeof looks) => of.reduce((total, [, count]) => total + count, 0);
    return [sum(looks.filter(([reason]) => reason === 'level')), sum(looks)] as const;
  };
  const before = now();
  await work();
  const after = now();
  const level = after[0] - before[0];
  return { level, aside: after[1] - before[1] - level };
}

async function ask(hub: Hub, key: string, query: string): Promise<unknown> {
  const response = await fetch(hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data?: unknown };
  if (data == null) throw new Error(`HTTP ${response.status}`);
  return data;
}
