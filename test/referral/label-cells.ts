import { TLPS, PAPS, TELLS } from '../../src/intake/report.ts';
import { isShown, type Labels, type Standing } from '../../src/intake/label.ts';

/** What another reporter says of the same resource, if anything. */
export const SECONDS = {
  none: null,
  open: { tlp: 'CLEAR', pap: null, tell: 'RESPONSIBLE_PARTIES' },
  strict: { tlp: 'RED', pap: 'RED', tell: 'COORDINATOR_ONLY' },
} as const satisfies Record<string, Labels | null>;
export type Second = keyof typeof SECONDS;

/** One report of the first vendor: every pair of labels with every consent. */
export const REPORTS: readonly Labels[] = TLPS.flatMap((tlp) =>
  [null, ...PAPS].flatMap((pap) => TELLS.map((tell) => ({ tlp, pap, tell }))),
);

/** One resource: what the first vendor says of it, and what the second. Every name and every claim is a canary. */
export interface Cell {
  readonly name: string;
  readonly first: { readonly canary: string; readonly labels: Labels; readonly report: number };
  readonly other: { readonly canary: string; readonly labels: Labels; readonly second: Second } | null;
}

export const CELLS: readonly Cell[] = REPORTS.flatMap((labels, report) =>
  (Object.keys(SECONDS) as Second[]).map((second): Cell => {
    const place = `${String(report).padStart(2, '0')}-${second}`;
    const others = SECONDS[second];
    return {
      name: `l${place}.example`,
      first: { canary: `first-${place}`, labels, report },
      other: others && { canary: `other-${place}`, labels: others, second },
    };
  }),
);

/** Of which vendor one is, if of any: of its own claims it knows all, of the other's nothing. */
export type Whose = 'first' | 'other' | null;

const standingTo = (claim: 'first' | 'other', standing: Standing, whose: Whose): Standing =>
  whose === null ? standing : whose === claim ? 'REPORTER' : 'ANYBODY_ELSE';

/** The claims that somebody is to know, and the resources that these are of. */
export function dueTo(standing: Standing, whose: Whose = null): { claims: string[]; names: string[] } {
  const due = CELLS.flatMap(({ name, first, other }) => [
    ...(isShown(standingTo('first', standing, whose), first.labels) ? [{ name, canary: first.canary }] : []),
    ...(other && isShown(standingTo('other', standing, whose), other.labels) ? [{ name, canary: other.canary }] : []),
  ]);
  return { claims: due.map(({ canary }) => canary).sort(), names: sortedSet(due.map(({ name }) => name)) };
}

/** The claims and the resources of which a text says anything. */
export function foundIn(text: string): { claims: string[]; names: string[] } {
  return {
    claims: sortedSet(text.match(/(?:first|other)-\d\d-(?:none|open|strict)/g) ?? []),
    names: sortedSet(text.match(/l\d\d-(?:none|open|strict)\.example/g) ?? []),
  };
}

const sortedSet = (all: readonly string[]): string[] => [...new Set(all)].sort();
