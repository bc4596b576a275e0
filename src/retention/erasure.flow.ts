import { randomBytes } from 'node:crypto';

import { append, draftsOf, theHub } from '../ledger/append.ts';
import { draft, type Draft, type Fact } from '../ledger/fact.ts';
import type { Outcome } from '../ledger/follower.ts';
import type { Tx } from '../platform/database/tx.ts';
import { toGlobalId } from '../platform/ids.ts';
import {
  countErased,
  entriesOn,
  eraseBodies,
  eraseRequests,
  hearersOf,
  isOnItsWay,
  type Entry,
} from './erased-entries.queries.ts';
import {
  CasesErased,
  EntriesErased,
  ErasureDone,
  IndicatorsErased,
  ItemsErased,
  QuestionsErased,
  ReferralsErased,
  ReportsErased,
} from './erasure.facts.ts';
import {
  below,
  due,
  eraseLines,
  eraseNotes,
  eraseReports,
  eraseRows,
  forgetAnswers,
  indicatorsOf,
  itemsOf,
  madeOf,
  PART,
  referralsUnder,
  referredIn,
  subjectsOf,
  type Due,
  type Rows,
} from './erasure.queries.ts';

const NOTHING: Rows = { report: [], indicator: [], triage_case: [], question: [], referral: [], inbox_item: [] };
const FACTS: Readonly<Record<keyof Rows, Fact>> = {
  report: ReportsErased,
  indicator: IndicatorsErased,
  triage_case: CasesErased,
  question: QuestionsErased,
  referral: ReferralsErased,
  inbox_item: ItemsErased,
};
/** What the rows are called outside. */
const NAMES: Readonly<Record<keyof Rows, string>> = {
  ...{ report: 'Report', indicator: 'Indicator', triage_case: 'Case', question: 'Question' },
  ...{ referral: 'Referral', inbox_item: 'InboxItem' },
};
const TYPES = Object.keys(FACTS) as (keyof Rows)[];

/**
 * Carries out what operators ordered: rows at once, entries in parts. What the flow has not acted on yet keeps its words
 * until it has, or that would never happen; the next tick comes back. `reacting`: the kinds that the flow acts on.
 */
export async function eraseDue(tx: Tx, now: Date, reacting: readonly string[]): Promise<Outcome> {
  for (const order of await due(tx)) {
    const scope = await scopeOf(tx, order);
    const whole = [...TYPES.flatMap((type) => scope.whole[type])];
    const entries = await entriesOn(tx, order.entry, whole, scope.quoted, reacting);
    const waits = entries.some(({ pending }) => pending) || (await isOnItsWay(tx, [order.entry, ...whole]));
    if (waits) continue;
    const rows = order.started ? NOTHING : await eraseScope(tx, order, scope);
    await eraseBodies(tx, entries);
    const asked = await eraseRequests(
      tx,
      TYPES.flatMap((type) => rows[type].map((id) => toGlobalId(NAMES[type], id))),
    );
    const drafts = [...(await heard(tx, order, entries, asked)), ...(await draftsOfRows(tx, rows))];
    const count = TYPES.reduce((sum, type) => sum + rows[type].length, 0);
    const isDone = entries.length < PART;
    const [totals] = await countErased(tx, order, { entries: entries.length, rows: count, at: isDone ? now : null });
    if (isDone && totals) drafts.push(doneDraft(order, totals));
    await append(tx, theHub(now), drafts);
    return 'more';
  }
  return 'done';
}

interface Scope {
  readonly indicators: readonly string[];
  /** Rows of which nothing is left: every entry on them goes. */
  readonly whole: Rows;
  /** Rows that say more than that, of which some entries quote it. */
  readonly quoted: Pick<Rows, 'report' | 'referral'>;
}

async function scopeOf(tx: Tx, { entry, type, started }: Due): Promise<Scope> {
  const subjects = await subjectsOf(tx, entry);
  if (type !== 'report' && type !== 'indicator') {
    return { indicators: [], whole: await ownRows(tx, type, subjects), quoted: NOTHING };
  }
  const indicators = await indicatorsOf(tx, type, subjects, started);
  const made = await madeOf(tx, indicators);
  const whole = { ...made, report: type === 'report' ? subjects : [] };
  return { indicators, whole, quoted: { report: made.report, referral: await referredIn(tx, indicators) } };
}

/** Of rows that somebody decided on: what they say in people's own words. Who an organisation is stays while it is one. */
async function ownRows(tx: Tx, type: string, subjects: string[]): Promise<Rows> {
  if (type === 'triage_case' || type === 'question') return { ...NOTHING, [type]: subjects };
  if (type !== 'referral' && type !== 'inbox_item') return NOTHING;
  const items = await below(tx, type === 'inbox_item' ? subjects : await itemsOf(tx, subjects));
  return { ...NOTHING, inbox_item: items, referral: await referralsUnder(tx, items) };
}

/** The rows that are other than they were. */
async function eraseScope(tx: Tx, { type }: Due, { indicators, whole, quoted }: Scope): Promise<Rows> {
  const secret = randomBytes(32);
  await eraseNotes(tx, whole);
  if (type !== 'report' && type !== 'indicator') return whole;
  const items = await eraseLines(tx, indicators);
  const described = await eraseRows(tx, whole, secret);
  await eraseReports(tx, whole.report, secret);
  await forgetAnswers(tx, [...whole.report, ...quoted.report]);
  return {
    ...whole,
    report: union(whole.report, quoted.report),
    triage_case: union(whole.triage_case, described),
    referral: union(whole.referral, quoted.referral),
    inbox_item: union(whole.inbox_item, items),
  };
}

/** Whoever had heard an entry, and whoever had asked for an act on what is gone. */
async function heard(tx: Tx, { reason }: Due, entries: readonly Entry[], asked: readonly string[]): Promise<Draft[]> {
  const hearers = await hearersOf(tx, entries);
  const others = asked.filter((id) => !hearers.some((hearer) => hearer.id === id)).map((id) => ({ id, entries: [] }));
  return [...hearers, ...others].map(({ id, entries: theirs }) =>
    draft(EntriesErased, [{ id, entries: theirs, reason }]),
  );
}

async function draftsOfRows(tx: Tx, rows: Rows): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const type of TYPES) {
    drafts.push(
      ...(await draftsOf(
        tx,
        FACTS[type],
        rows[type].map((id) => ({ id })),
      )),
    );
  }
  return drafts;
}

function doneDraft({ id: erasure, organisation: id, entry }: Due, totals: { entries: number; rows: number }): Draft {
  return draft(ErasureDone, [{ id, erasure, entry, entries: totals.entries, rows: totals.rows }]);
}

const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];
