import { describe, expect, it } from 'vitest';

import { claimsFor, declare, type Declaration } from '../../src/cli/demo/declaration.ts';
import { eventsAfter, gaveAll, isDense } from '../../src/cli/demo/feeds.ts';
import { percentile } from '../../src/cli/demo/outcome.ts';
import { judge, type Responsibility } from '../../src/cli/demo/verdict.ts';
import { ResourceKind } from '../../src/observable/observable.ts';

const name = (value: string) => ({ kind: ResourceKind.NAME, value, host: value });
const row = (role: string, party: string | null, state: string, reason: string | null = null): Responsibility => {
  return { role, resourceKind: 'NAME', resource: 'bad.example', party, state, reason };
};
const declaration: Declaration = {
  parties: new Map([['NAME bad.example REGISTRAR', 'Registelle']]),
  resources: new Set(['NAME bad.example']),
};
const accepted = new Set(['NAME bad.example']);

describe('what the fixture declares', () => {
  const claim = (role: string, value: string, organisation: string, decidedAt = '2026-01-01T00:00:00.000Z') => {
    return { role, value, organisation, decidedAt };
  };

  it('is the holder of the most specific claim in each role that can act, and of equal ones the first', () => {
    const { parties } = declare(
      [name('shop.bad.example'), { kind: ResourceKind.MAILBOX, value: 'a@bad.example', host: 'bad.example' }],
      [
        claim('REGISTRAR', 'bad.example', 'above'),
        claim('REGISTRAR', 'shop.bad.example', 'later', '2026-02-01T00:00:00.000Z'),
        claim('REGISTRAR', 'shop.bad.example', 'first'),
        claim('PLATFORM', 'bad.example', 'platform'),
        claim('MAIL_PROVIDER', 'bad.example', 'mail'),
      ],
    );
    expect([...parties]).toEqual([
      ['NAME shop.bad.example REGISTRAR', 'first'],
      ['MAILBOX a@bad.example MAIL_PROVIDER', 'mail'],
    ]);
  });

  it('leaves about one name in twelve without registrar, and depends on nothing but the name', () => {
    const names = Array.from({ length: 1200 }, (_, index) => name(`name-${index}.example`));
    const { registrar, host } = claimsFor(names);
    expect(registrar.length).toBeGreaterThan(1050);
    expect(registrar.length).toBeLessThan(1150);
    expect(host.length).toBeGreaterThan(520);
    expect(host.length).toBeLessThan(680);
    expect(claimsFor([...names].reverse()).registrar.reverse()).toEqual(registrar);
  });
});

describe('the verdict', () => {
  it.each(['TOLD', 'ACKNOWLEDGED', 'ACTED_ON_WORD'])('counts a party as told that is %s', (state) => {
    expect(judge(declaration, accepted, [row('REGISTRAR', 'Registelle', state)])).toEqual({
      ...{ told: 1, untold: 0, noParty: {}, faults: [] },
    });
  });

  it.each([
    ['another party was told', [row('REGISTRAR', 'Somebody', 'TOLD')]],
    ['the party was not told', [row('REGISTRAR', 'Registelle', 'NOT_TOLD', 'SENT')]],
    ['nobody was found', [row('*', null, 'NO_PARTY', 'NO_CLAIM')]],
    ['the vendor reads nothing of it', []],
  ])('counts a pair as untold when %s', (_, rows) => {
    const verdict = judge(declaration, accepted, rows);
    expect(verdict).toMatchObject({ told: 0 });
    expect(verdict.untold).toBeGreaterThan(0);
  });

  it('finds a party that was told without being declared', () => {
    const rows = [row('REGISTRAR', 'Registelle', 'TOLD'), row('HOST', 'Somebody', 'TOLD')];
    expect(judge(declaration, accepted, rows)).toMatchObject({ told: 1, untold: 1 });
  });

  it('counts by reason what the CERT could find nobody for, and finds what it did not decide', () => {
    const nobody: Declaration = { parties: new Map(), resources: accepted };
    expect(judge(nobody, accepted, [row('*', null, 'NO_PARTY', 'NO_CLAIM')])).toEqual({
      ...{ told: 0, untold: 0, noParty: { NO_CLAIM: 1 }, faults: [] },
    });
    expect(judge(nobody, accepted, [row('*', null, 'NOT_TOLD', 'NO_CLAIM')]).untold).toBe(1);
    expect(judge(nobody, accepted, []).untold).toBe(1);
  });
});

describe('a feed', () => {
  const feed = (...numbers: number[]) =>
    numbers.map((number) => ({ sequence: String(number), entryId: `entry ${number}`, cursor: `1.${number}` }));

  it('is dense from 1 on, or not at all', () => {
    expect([[], [1], [1, 2, 3], [2, 3], [1, 3], [1, 1, 2], [2, 1]].map((numbers) => isDense(feed(...numbers)))).toEqual(
      [...[true, true, true, false, false, false, false]],
    );
  });

  it('was given by a socket when each entry came once, in its place', () => {
    expect(gaveAll(feed(1, 2, 3), feed(1, 2, 3))).toBe(true);
    expect(gaveAll(feed(1, 2, 3, 4), feed(1, 2, 3))).toBe(true);
    expect(gaveAll(feed(1, 2), feed(1, 2, 3))).toBe(false);
    expect(gaveAll(feed(1, 2, 2, 3), feed(1, 2, 3))).toBe(false);
    const other = feed(1, 2, 3).map((event) => ({ ...event, entryId: 'another' }));
    expect(gaveAll(other, feed(1, 2, 3))).toBe(false);
  });

  it('is read from a cursor on', () => {
    const events = feed(1, 2, 3) as unknown as Parameters<typeof eventsAfter>[0];
    expect(eventsAfter(events, '1.2')).toEqual(feed(3));
    expect(eventsAfter(events, '1.0')).toEqual(feed(1, 2, 3));
  });
});

it('a percentile is a value that occurred', () => {
  expect([percentile([3, 1, 2], 0.5), percentile([1, 2, 3, 4], 0.99), percentile([], 0.5)]).toEqual([2, 4, null]);
});
