import type { SharedObject } from '../formats/shared-document.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';
import { indicatorsNamed } from './import.queries.ts';
import type { ImportPlan, Step } from './import.ts';
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
  const objects = plan.steps.map(({ object, step }): ImportedObject => {
    const of = <Each>(all: readonly (readonly Each[])[]): readonly Each[] =>
      step.kind === 'REPORT' ? (all[step.report] ?? []).slice(step.first, step.first + step.count) : [];
    const taken = step.kind === 'WITHDRAW' && step.names.some((name) => gone.has(name));
    return { object, step, items: of(items), answers: of(answers), withdrawn: taken };
  });
  const reportIds = [...new Set(places.flatMap(({ reportId }) => reportId ?? []))];
  return { objects, reportIds, entryId };
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
    ...{ consents: true, sealed: true },
  };
}
