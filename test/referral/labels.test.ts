import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Standing } from '../../src/intake/label.ts';
import { decides } from '../support/coordinator.ts';
import { says } from '../support/desk.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { everythingOf } from './everything.ts';
import { CELLS, REPORTS, SECONDS, dueTo, foundIn, type Second, type Whose } from './label-cells.ts';

/** Everybody who stands anywhere to these resources. */
const PARTS = [
  'reporter',
  'otherReporter',
  'coordinator',
  'coCoordinator',
  'registrar',
  'host',
  'delegate',
  'strangeVendor',
  'strangeCert',
  'strangeProvider',
] as const;
type Part = (typeof PARTS)[number];

let world: World;
let parts: Readonly<Record<Part, Party>>;
let forwarded: Record<string, string | null>;
let handedOn: Record<string, string>;
const known = new Map<Part, string>();
const reports: string[] = [];

beforeAll(async () => {
  world = await createWorld();
  parts = await cast();
  await reportAll();
  await world.settled();
  await decideAll();
  for (const part of PARTS) known.set(part, await everythingOf(parts[part], reports));
}, 180_000);
afterAll(() => world[Symbol.asyncDispose]());

async function cast(): Promise<Record<Part, Party>> {
  const coordinator = await world.cert();
  const names = CELLS.map(({ name }) => name);
  return {
    coordinator,
    reporter: await world.vendor(coordinator),
    otherReporter: await world.vendor(coordinator),
    coCoordinator: await world.cert(),
    registrar: await world.provider({ REGISTRAR: names }),
    host: await world.provider({ HOST: names }),
    delegate: await world.provider(),
    strangeVendor: await world.vendor(coordinator),
    strangeCert: await world.cert(),
    strangeProvider: await world.provider(),
  };
}

const claimOf = (name: string, canary: string) => ({
  value: `https://${name}/${canary}`,
  comment: `said of ${canary}`,
  externalId: canary,
});

/** What is for the coordinator's eyes, whatever the labels; each text a canary. */
const secretsOf = (whose: string, report: number | string) => ({
  title: `title of ${whose} ${report}.`,
  narrative: `narrative of ${whose} ${report}.`,
  threatActors: [`actor of ${whose} ${report}.`],
  targets: [`target of ${whose} ${report}.`],
});

async function reportAll(): Promise<void> {
  for (const [report, labels] of REPORTS.entries()) {
    const items = CELLS.flatMap(({ name, first }) => (first.report === report ? [claimOf(name, first.canary)] : []));
    const submitted = await parts.reporter.submits(items, { ...labels, ...secretsOf('first', report) });
    reports.push(submitted.report.id);
  }
  for (const second of Object.keys(SECONDS) as Second[]) {
    const items = CELLS.flatMap(({ name, other }) => (other?.second === second ? [claimOf(name, other.canary)] : []));
    if (items.length === 0) continue;
    const submitted = await parts.otherReporter.submits(items, { ...SECONDS[second], ...secretsOf('other', second) });
    reports.push(submitted.report.id);
  }
}

/** The coordinator does all that it can: confirms, forwards and shares everything; the registrar hands on all it has. */
async function decideAll(): Promise<void> {
  const { coordinator, coCoordinator, registrar, delegate } = parts;
  const cases = await coordinator.cases();
  await coordinator.confirms(cases);
  const { results } = await coordinator.forwards(cases, { note: 'for those who can act' });
  forwarded = answersTo(cases, results);
  for (const some of [cases.slice(0, 150), cases.slice(150)]) {
    await decides(coordinator, 'addCoordinators', some, { coordinator: coCoordinator.id });
  }
  await world.settled();
  const items = await deskItems(registrar);
  const answers = await says(registrar, 'delegateItems', items, { delegate: delegate.id });
  handedOn = Object.fromEntries(items.map(({ resource }, index) => [resource, answers[index] ?? '']));
  await world.settled();
}

function answersTo(cases: readonly { resource: string }[], results: readonly { error: { code: string } | null }[]) {
  return Object.fromEntries(cases.map(({ resource }, index) => [resource, results[index]?.error?.code ?? null]));
}

async function deskItems(provider: Party): Promise<{ id: string; resource: string }[]> {
  const items: { id: string; resource: string }[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await provider.ask(
      'query ($after: String) { inbox(first: 100, after: $after) { edges { node { id resource } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    items.push(...data.inbox.edges.map(({ node }: { node: { id: string; resource: string } }) => node));
    if (!data.inbox.pageInfo.hasNextPage) return items;
    after = data.inbox.pageInfo.endCursor;
  }
}

const knownTo = (part: Part): string => known.get(part) ?? '';

describe('of 225 resources, each under other labels', () => {
  // How many claims, counted by hand: 75 reports of three resources, of 75 the second vendor says something open.
  test.each<[Part, Standing, Whose, number]>([
    ['reporter', 'REPORTER', 'first', 225],
    ['otherReporter', 'REPORTER', 'other', 150],
    ['coordinator', 'COORDINATOR', null, 375],
    // CLEAR, GREEN or AMBER, any PAP, not for the coordinator alone: 3 x 5 x 2 reports.
    ['coCoordinator', 'CO_COORDINATOR', null, 30 * 3 + 75],
    // Any TLP that the source widens, and no passive PAP: 5 x 3 x 1 reports.
    ['registrar', 'PARTY', null, 15 * 3 + 75],
    ['host', 'PARTY', null, 15 * 3 + 75],
    // The same, of CLEAR, GREEN or AMBER: 3 x 3 x 1 reports.
    ['delegate', 'DELEGATE', null, 9 * 3 + 75],
    ['strangeVendor', 'ANYBODY_ELSE', null, 0],
    ['strangeCert', 'ANYBODY_ELSE', null, 0],
    ['strangeProvider', 'ANYBODY_ELSE', null, 0],
  ])('%s is shown what the table of labels says, and learns of nothing else', (part, standing, whose, count) => {
    const due = dueTo(standing, whose);
    expect(due.claims).toHaveLength(count);
    // A provider claims these names itself, so that they stand among what it may ask for; its desk is what counts.
    expect(foundIn(withoutClaims(part))).toEqual(due);
  });

  test('the coordinator is told which of them no source lets anybody be told of', () => {
    const told = new Set(dueTo('PARTY').names);
    expect(forwarded).toEqual(
      Object.fromEntries(CELLS.map(({ name }) => [name, told.has(name) ? null : 'NEEDS_CONSENT'])),
    );
  });

  test('a desk may hand on only what is not for it alone', () => {
    const passable = new Set(dueTo('DELEGATE').names);
    const due = dueTo('PARTY').names.map((name) => [name, passable.has(name) ? 'DELEGATED' : 'NEEDS_CONSENT']);
    expect(handedOn).toEqual(Object.fromEntries(due));
  });

  test('titles, narratives, actors and targets are read by their reporter and its coordinator alone', () => {
    const secrets = (text: string): number =>
      new Set(text.match(/(?:title|narrative|actor|target) of \w+ \w+\./g)).size;
    const counts = Object.fromEntries(PARTS.map((part) => [part, secrets(knownTo(part))]));
    const [first, other] = [REPORTS.length * 4, 2 * 4];
    expect(counts).toEqual({
      ...Object.fromEntries(PARTS.map((part) => [part, 0])),
      ...{ reporter: first, otherReporter: other, coordinator: first + other },
    });
  });

  test('what a reporter remarks goes to those who are told, and not to a delegate', () => {
    const remarks = (part: Part): string[] =>
      [...new Set(knownTo(part).match(/said of [\w-]+/g))].map((remark) => remark.slice('said of '.length)).sort();
    expect(remarks('registrar')).toEqual(dueTo('PARTY').claims);
    expect(remarks('coCoordinator')).toEqual(dueTo('CO_COORDINATOR').claims);
    expect(remarks('delegate')).toEqual([]);
  });

  test('nobody who is told learns who reported it, who else was told, or who else coordinates', () => {
    const named = (part: Part): Part[] =>
      PARTS.filter((other) => other !== part && knownTo(part).includes(`"${parts[other].name}"`));
    expect(named('registrar')).toEqual(['coordinator']);
    expect(named('host')).toEqual(['coordinator']);
    expect(named('delegate')).toEqual(['registrar']);
    expect(named('coCoordinator')).not.toContain('reporter');
    expect(named('otherReporter')).not.toContain('reporter');
    expect(named('reporter')).not.toContain('otherReporter');
  });

  test('every copy bears the label under which it was sent', () => {
    const labelOf = new Map(
      CELLS.flatMap(({ first, other }) => [first, ...(other ? [other] : [])]).map(({ canary, labels }) => [
        canary,
        labels.tlp,
      ]),
    );
    for (const part of ['registrar', 'host', 'delegate'] as const) {
      const copies = [...knownTo(part).matchAll(/"value":"https:\/\/[^/]+\/([\w-]+)"[^{}]*?"tlp":"(\w+)"/g)];
      expect(copies.length).toBeGreaterThan(0);
      for (const [, canary = '', tlp] of copies) expect([canary, tlp]).toEqual([canary, labelOf.get(canary)]);
    }
  });
});

/** Without what a provider has said itself: its claims are of these very names. */
function withoutClaims(part: Part): string {
  const text = knownTo(part);
  if (part !== 'registrar' && part !== 'host') return text;
  const [lists, events, ...rest] = JSON.parse(text) as [unknown, { kind: string }[]];
  return JSON.stringify([lists, events.filter(({ kind }) => !kind.startsWith('ASSET')), ...rest]);
}
