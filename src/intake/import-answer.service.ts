import type { SharedObject } from '../formats/shared-document.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';
import { indicatorsNamed, labelsOf } from './import.queries.ts';
import type { ImportPlan, Step } from './import.ts';
import { PAPS, TLPS, isStricter } from './report.ts';
import { answersOf, type Batch, type ItemAnswer, type ReadItem } from './submission.service.ts';

/** Where a planned report stands; `firstOrd` is null when nothing in it was new. */
export interface Place {
  readonly reportId: string | null;
  readonly firstOrd: number | null;
}

/** What is kept of an import's answer; the rest is in the document and the rows. */
export interface Kept {
  readonly places: readonly Place[];
  readonly entryId: string | null;
}

export interface ImportedObject {
  readonly object: SharedObject;
  readonly step: Step;
  /** An answer for each observable; of what was to be withdrawn, whether it is. */
  readonly items: readonly ReadItem[];
  readonly answers: readonly ItemAnswer[];
  readonly withdrawn: boolean;
  /** It is known, from a report that is labelled wider than the document is now. */
  readonly wider: boolean;
}

export interface Imported {
  readonly objects: readonly ImportedObject[];
  readonly reportIds: readonly string[];
  readonly entryId: string | null;
}

export interface Reading {
  readonly plan: ImportPlan;
  /** The items of each planned report, read. */
  readonly items: readonly (readonly ReadItem[])[];
}

/** The answers to an import, first and repeated alike: rebuilt from the document and the rows. */
export async function answered(
  tx: Tx,
  viewer: Viewer,
  { places, entryId }: Kept,
  { plan, items }: Reading,
): Promise<Imported> {
  const answers: ItemAnswer[][] = [];
  for (const [index, { reportId, firstOrd }] of places.entries()) {
    const own = items[index] ?? [];
    // Where nothing was new there are no places: those before the first are never taken.
    answers.push(await answersOf(tx, batchIn(viewer, reportId, firstOrd ?? -own.length), own));
  }
  const named = await indicatorsNamed(tx, viewer, revokedNames(plan));
  const gone = new Set(named.flatMap(({ external_id, outcome }) => (outcome === 'WITHDRAWN' ? external_id : [])));
  const wider = await widerKnown(tx, viewer, plan, answers);
  const isWider = (answer: ItemAnswer): boolean => answer.kind === 'JOINED' && wider.has(answer.id);
  const objects = plan.steps.map(({ object, step }): ImportedObject => {
    const of = <Each>(all: readonly (readonly Each[])[]): readonly Each[] =>
      step.kind === 'REPORT' ? (all[step.report] ?? []).slice(step.first, step.first + step.count) : [];
    const own = of(answers);
    const taken = step.kind === 'WITHDRAW' && step.names.some((name) => gone.has(name));
    return { object, step, items: of(items), answers: own, withdrawn: taken, wider: own.some(isWider) };
  });
  const reportIds = [...new Set(places.flatMap(({ reportId }) => reportId ?? []))];
  return { objects, reportIds, entryId };
}

/** Which of the known indicators stand under a wider label than the document gives them. */
async function widerKnown(
  tx: Tx,
  viewer: Viewer,
  { reports }: ImportPlan,
  answers: readonly (readonly ItemAnswer[])[],
): Promise<ReadonlySet<string>> {
  const planned = new Map(
    reports.flatMap((report, index) =>
      (answers[index] ?? []).flatMap((answer) => (answer.kind === 'JOINED' ? [[answer.id, report] as const] : [])),
    ),
  );
  const labelled = await labelsOf(tx, viewer, [...planned.keys()]);
  const wider = labelled.filter(({ id, tlp, pap }) => {
    const now = planned.get(id);
    return (
      now && (isStricter(TLPS, now.tlp, tlp) || (now.pap !== null && (pap === null || isStricter(PAPS, now.pap, pap))))
    );
  });
  return new Set(wider.map(({ id }) => id));
}

/** The names of what a document takes back. */
export function revokedNames({ steps }: ImportPlan): string[] {
  return steps.flatMap(({ step }) => (step.kind === 'WITHDRAW' ? step.names : []));
}

const NO_REPORT = '00000000-0000-0000-0000-000000000000';

/** Where to look for what is known: in this report, if there is one, and under the reporter's own names. */
export function batchIn(viewer: Viewer, reportId: string | null, firstOrd: number): Batch {
  return {
    ...{ reportId: reportId ?? NO_REPORT, reporterId: viewer.organisationId, firstOrd },
    ...{ consents: true, forOneCoordinator: false, sealed: true },
  };
}
