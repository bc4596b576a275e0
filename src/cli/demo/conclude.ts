import type { FeedEvent } from '../event-feed.ts';
import type { Cast, Party } from './cast.ts';
import type { Declaration } from './declaration.ts';
import { eventsAfter, gaveAll, isDense, readFeed } from './feeds.ts';
import { percentile, type Figures, type Outcome } from './outcome.ts';
import type { Played } from './played.ts';
import { playAfterwards } from './afterwards.ts';
import { proveAll } from './proof.ts';
import { idsSeen } from './seen.ts';
import type { Stage } from './stage.ts';
import { askAsStranger } from './stranger.ts';
import { judge, readReferrals, readResponsibilities } from './verdict.ts';

interface Concluding {
  readonly cast: Cast;
  readonly strangers: readonly Party[];
  /** Where the cast's feeds ended when the story began. */
  readonly heads: ReadonlyMap<Party, string>;
  readonly declaration: Declaration;
  readonly stage: Stage;
  readonly played: Played;
  readonly tell: (what: string) => void;
}

type Feeds = ReadonlyMap<Party, readonly FeedEvent[]>;

/** Reads what everybody can read, lets the strangers ask for all of it, and counts. */
export async function conclude(concluding: Concluding): Promise<Outcome> {
  const { cast, strangers, declaration, stage, played, tell } = concluding;
  const verdict = judge(declaration, played.resources, await readResponsibilities(cast.vendor, played.report));
  const referrals = await readReferrals(cast.cert, declaration, stage.desks);
  const afterwards = await playAfterwards(cast, stage.coordinator.cases, tell);
  const parties = Object.values(cast);
  const feeds = new Map<Party, readonly FeedEvent[]>();
  for (const party of [...parties, ...strangers]) feeds.set(party, await readFeed(party));
  for (const listener of stage.listeners) await listener.hasHeard(feeds.get(listener.party)?.length ?? 0);
  const stranger = await askStrangers(concluding, feeds);
  tell(`the strangers asked ${stranger.asked} times for what the parties know, and saw ${stranger.saw.length} of it`);
  const { proven, faults: unproven } = await proveAll(parties);
  tell(`two verifiers looked at ${proven.receiptsTotal} receipts, and found ${proven.receiptsVerified} of them good`);
  const figures: Figures = {
    ...countAnswers(played),
    cases: stage.coordinator.cases.size,
    referrals: referrals.count,
    expectedTold: declaration.parties.size,
    told: verdict.told,
    noParty: verdict.noParty,
    untold: verdict.untold,
    ...countDeeds(stage),
    ...afterwards,
    ...proven,
    resumedWithoutLoss: gaveEverything(stage, feeds),
    strangerAsked: stranger.asked,
    strangerSaw: stranger.saw.length,
    ledgerEntries: new Set([...feeds.values()].flat().map(({ entryId }) => entryId)).size,
    feedsDense: [...feeds.values()].every(isDense),
    ...delays(played, stage),
  };
  const faults = [
    ...verdict.faults,
    ...referrals.faults,
    ...stranger.saw,
    ...unproven,
    ...contradictions(figures, played),
  ];
  return { figures, faults };
}

/** What no single row shows. */
function contradictions(figures: Figures, { resources }: Played) {
  const { expectedTold, cases, resumedWithoutLoss, feedsDense, receiptsVerified, receiptsTotal } = figures;
  return [
    expectedTold === 0 && 'nobody was to be told: the report names nothing that the cast could hold',
    cases !== resources.size && `${resources.size} resources have ${cases} cases`,
    !resumedWithoutLoss && 'a socket lost or repeated events',
    !feedsDense && 'a feed has a gap',
    receiptsVerified !== receiptsTotal && `of ${receiptsTotal} receipts ${receiptsVerified} are good`,
  ].filter((what) => what !== false);
}

async function askStrangers({ cast, strangers, heads, played }: Concluding, feeds: Feeds) {
  const parties = Object.values(cast);
  const named = [played.report, ...played.answers.flatMap(({ id }) => id ?? [])];
  const events = parties.flatMap((party) => eventsAfter(feeds.get(party) ?? [], heads.get(party) ?? ''));
  const seen = await idsSeen(cast.operator, parties, events, named);
  const answers = await Promise.all(strangers.map((stranger) => askAsStranger(stranger, seen)));
  return {
    asked: answers.reduce((sum, { asked }) => sum + asked, 0),
    saw: answers.flatMap(({ saw }) => saw),
  };
}

/** Every socket gave its feed as it is polled: each number once and in order, also the one that was cut. */
function gaveEverything({ listeners }: Stage, feeds: Feeds): boolean {
  const whole = listeners.every(({ party, numbers }) => gaveAll(numbers, feeds.get(party) ?? []));
  return whole && listeners.some(({ cuts }) => cuts > 0);
}

function countAnswers({ answers }: Played) {
  const taken = answers.filter(({ status }) => status !== 'REFUSED');
  return {
    indicators: answers.length,
    accepted: taken.length,
    refused: answers.length - taken.length,
    context: taken.filter(({ resourceKind }) => resourceKind == null).length,
  };
}

function countDeeds({ desks }: Stage) {
  const sum = (of: 'acknowledged' | 'actioned' | 'declined') => desks.reduce((total, desk) => total + desk[of], 0);
  return { acknowledged: sum('acknowledged'), actioned: sum('actioned'), declined: sum('declined') };
}

function delays({ submittedAt }: Played, { desks }: Stage) {
  const all = desks.flatMap(({ arrivals }) => [...arrivals.values()].map((at) => at - submittedAt));
  return { p50SubmitToDeliveryMs: percentile(all, 0.5), p99SubmitToDeliveryMs: percentile(all, 0.99) };
}
