import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Matcher, type Known, type RoutingClaim } from './matcher/matcher.ts';
import { madeQuestions, madeRanges, madeSuffixes } from './claims.ts';
import { byIndex, byKeys, load, oneByOne, together, type Ask } from './indexed-claims.ts';
import { compare, rate, toFigure, type Figure, type Side } from '../support/measure.ts';
import { makePlace } from '../support/place.ts';

interface Size {
  readonly ranges: number;
  readonly suffixes: number;
  readonly pairs: number;
}

/**
 * Look-ups among a million claims in memory, beside PostgreSQL with an index: one a query, a thousand in one query, and
 * a thousand by the keys that the hub matches. All must find the same claims. With it what the claims take in memory,
 * and how fast they are read in.
 */
export async function match({ ranges, suffixes, pairs }: Size): Promise<Figure[]> {
  const claims = function* (): Generator<RoutingClaim> {
    yield* madeRanges(ranges);
    yield* madeSuffixes(suffixes);
  };
  const { matcher, ...built } = build(claims(), ranges + suffixes);
  const place = await makePlace();
  const admin = await place.connect();
  try {
    const loaded = await load(admin, claims(), ranges + suffixes);
    const many = madeQuestions(200_000, suffixes);
    const ours: Side = () => rate(many.length, () => Promise.resolve(readAll(matcher, many)));
    const few = madeQuestions(2_000, suffixes);
    const due = idsOf(matcher, few).toSorted().join();
    if (due === '') throw new Error('Nothing matches.');
    const against = (what: string, bar: number, goal: number, ask: Ask): Promise<Figure> =>
      compare(
        { name: 'match', metric: `look-ups/s / ${what}`, bar, goal, better: 'least' },
        ours,
        sideOf(ask, few, due),
        pairs,
      );
    const each = await against('an index look-up a query', 50, 200, oneByOne(admin));
    const thousand = await against('index look-ups, a thousand a query', 10, 50, together(admin, byIndex));
    const keys = await against('the keys of the hub, a thousand a query', 10, 50, together(admin, byKeys));
    return [
      each,
      thousand,
      keys,
      ...absolute(perCpuSecond(matcher, many), built),
      toFigure(READ_IN, [{ ours: built.rate, baseline: loaded }]),
    ];
  } finally {
    await admin.end();
    await place.leave();
  }
}

/** As a pair with what is demanded: these are the only bars that are no comparison. */
function absolute(lookups: number, { bytes, tables }: { bytes: number; tables: number }): Figure[] {
  const megabytes = (what: string, ours: number): Figure =>
    toFigure({ name: 'memory', metric: `MB of all claims (${what}) / 200 MB`, bar: 1, goal: 0.5, better: 'most' }, [
      { ours: ours / 1e6, baseline: 200 },
    ]);
  return [
    toFigure({ name: 'match', metric: 'look-ups per second of CPU / 200,000', bar: 1, goal: 5, better: 'least' }, [
      { ours: lookups, baseline: 200_000 },
    ]),
    megabytes('heap and buffers', bytes),
    megabytes('its own tables', tables),
  ];
}

const READ_IN = {
  name: 'match',
  metric: 'claims/s read in / COPY with the indexes',
  bar: 1,
  goal: 3,
  better: 'least',
} as const;

/** Reads the claims in, `bytes` being what the process holds more after it, garbage not counted. */
function build(claims: Iterable<RoutingClaim>, count: number) {
  const before = held();
  const start = performance.now();
  const matcher = new Matcher(claims);
  const perSecond = (count / (performance.now() - start)) * 1000;
  return { matcher, bytes: held() - before, tables: matcher.bytes, rate: perSecond };
}

function held(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Finds and reads every claim, and keeps none: how many there were. */
function readAll(matcher: Matcher, questions: readonly Known[]): number {
  let count = 0;
  for (const known of questions) for (const place of matcher.find(known)) if (matcher.at(place).id !== '') count += 1;
  return count;
}

/** Of the time that this process had, garbage collection and all, so that it does not depend on who else has work to do. */
function perCpuSecond(matcher: Matcher, questions: readonly Known[]): number {
  const before = process.cpuUsage();
  for (let round = 0; round < 5; round += 1) readAll(matcher, questions);
  const { user, system } = process.cpuUsage(before);
  return (5 * questions.length * 1e6) / (user + system);
}

const idsOf = (matcher: Matcher, questions: readonly Known[]): string[] =>
  questions.flatMap((known) => matcher.find(known).map((place) => matcher.at(place).id));

/** A side that fails where it finds other claims than are due. */
function sideOf(ask: Ask, questions: readonly Known[], due: string): Side {
  return async () => {
    let found: readonly string[] = [];
    const perSecond = await rate(questions.length, async () => (found = await ask(questions)));
    if (found.toSorted().join() !== due) throw new Error('The database finds other claims.');
    return perSecond;
  };
}
