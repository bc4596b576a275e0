import type { Claims, Passed, SharedDocument, SharedFormat, SharedObject } from '../formats/shared-document.ts';
import { categoryOf } from './category-words.ts';
import type { AbuseCategory, SubmittedIndicator } from './indicator.ts';
import { describeReport } from './import-text.ts';
import { tellUnlessSaid } from './label.ts';
import { TLPS, isStricter, type Pap, type Tell, type Tlp } from './report.ts';

/** What the importer says for the document, where that says nothing itself. */
export interface ImportDefaults {
  readonly category: AbuseCategory;
  readonly tlp: Tlp;
  readonly pap: Pap | null;
}

export interface ImportChoices {
  readonly title: string | null;
  /** Null: whoever can act, but nobody yet of what is AMBER_STRICT or RED. */
  readonly tell: Tell | null;
  /** Take what its source does not hold fit for detection. */
  readonly takeUnflagged: boolean;
  /** Let an object's own name and text be read by those who are told. */
  readonly keepComments: boolean;
  readonly defaults: ImportDefaults;
}

/** One report of the hub: what one source says under one label. */
export interface PlannedReport {
  readonly source: { readonly format: SharedFormat; readonly id: string };
  readonly tlp: Tlp;
  readonly pap: Pap | null;
  readonly tell: Tell;
  readonly title: string;
  readonly narrative: string | null;
  readonly threatActors: string[];
  readonly items: readonly SubmittedIndicator[];
}

/** What is to be done about one object: nothing, to take indicators back, or to report some. */
export type Step =
  | { readonly kind: 'PASSED'; readonly passed: Passed }
  | { readonly kind: 'WITHDRAW'; readonly names: readonly string[] }
  | { readonly kind: 'REPORT'; readonly report: number; readonly first: number; readonly count: number };

export interface ImportPlan {
  readonly reports: readonly PlannedReport[];
  /** In the order of the document. */
  readonly steps: readonly { readonly object: SharedObject; readonly step: Step }[];
}

interface Group {
  readonly report: number;
  readonly tlp: Tlp;
  readonly pap: Pap | null;
  readonly place: number;
  readonly items: SubmittedIndicator[];
  readonly tags: Set<string>;
}

/** Parts a document into reports: labels belong to the item, so what is labelled apart is reported apart. */
export function planImport(document: SharedDocument, hash: string, choices: ImportChoices): ImportPlan {
  const groups = new Map<string, Group>();
  const steps = document.objects.map((object) => ({ object, step: stepOf(object.reading, groups, choices) }));
  const reports = [...groups.values()].map(({ report, tlp, pap, items, tags }): PlannedReport => {
    const shared = document.reports[report];
    if (!shared) throw new Error('A claim stands in no report.');
    return {
      source: { format: document.format, id: shared.sourceId ?? `sha256:${hash}` },
      ...{ tlp, pap, items, tell: choices.tell ?? tellUnlessSaid(tlp) },
      ...describeReport(shared, [...tags], {
        ...{ format: document.format, title: choices.title },
        mayHold: (labels) => !isStricter(TLPS, tlpOf(labels.tlp, choices.defaults), tlp),
      }),
    };
  });
  return { reports, steps };
}

function stepOf(reading: Claims | Passed, groups: Map<string, Group>, choices: ImportChoices): Step {
  if (reading.status !== 'CLAIMS') return { kind: 'PASSED', passed: reading };
  if (reading.revoked) return { kind: 'WITHDRAW', names: namesOf(reading).filter((name) => name !== null) };
  if (reading.unflagged && !choices.takeUnflagged) return { kind: 'PASSED', passed: UNFLAGGED };
  const [tlp, pap] = [tlpOf(reading.labels.tlp, choices.defaults), papOf(reading.labels.pap, choices.defaults)];
  const key = `${reading.report} ${tlp} ${pap}`;
  const { report } = reading;
  const group = groups.get(key) ?? { report, tlp, pap, place: groups.size, items: [], tags: new Set<string>() };
  groups.set(key, group);
  const first = group.items.length;
  group.items.push(...itemsOf(reading, choices));
  for (const tag of reading.tags) if (group.tags.size < MOST_TAGS) group.tags.add(tag);
  return { kind: 'REPORT', report: group.place, first, count: reading.values.length };
}

const MOST_TAGS = 100;

const UNFLAGGED: Passed = {
  status: 'NOTED',
  code: 'UNFLAGGED',
  hint: 'Its source does not hold it fit for detection (to_ids). To report it all the same, set takeUnflagged.',
};

function itemsOf(claims: Claims, { defaults, keepComments }: ImportChoices): SubmittedIndicator[] {
  const names = namesOf(claims);
  const said = claims.words.map(categoryOf).find((category) => category !== null);
  return claims.values.map(({ text, type }, index) => ({
    ...{ value: text, type, category: said ?? defaults.category, confidence: claims.confidence },
    firstSeen: claims.firstSeen === null ? null : new Date(claims.firstSeen),
    lastSeen: claims.lastSeen === null ? null : new Date(claims.lastSeen),
    comment: keepComments ? (claims.comment?.replaceAll('\0', '').slice(0, MOST_COMMENT).toWellFormed() ?? null) : null,
    externalId: names[index] ?? null,
  }));
}

const MOST_COMMENT = 2000;

/** An externalId for each value: the object's own id, and for those behind the first with their place. */
function namesOf({ name, values }: Claims): (string | null)[] {
  return values.map((_, index) => (name === null || index === 0 ? name : `${name}#${index + 1}`));
}

function tlpOf(label: Tlp | 'UNKNOWN' | null, { tlp }: ImportDefaults): Tlp {
  // A label that nobody here can read is no permission, whatever the importer would take for none.
  if (label === 'UNKNOWN') return isStricter(TLPS, tlp, 'AMBER') ? tlp : 'AMBER';
  return label ?? tlp;
}

function papOf(label: Pap | 'UNKNOWN' | null, { pap }: ImportDefaults): Pap | null {
  if (label === 'UNKNOWN') return pap === 'RED' ? pap : 'AMBER';
  return label ?? pap;
}
