import { readShared } from '../formats/read-shared.ts';
import { append, authorOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { newId, sha256 } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { readIndicator } from './indicator.ts';
import type { ImportBundleInput } from './import.inputs.ts';
import { findBySource, indicatorsNamed, lockImports, lockReports, type Named, type Terms } from './import.queries.ts';
import { planImport, type ImportPlan, type PlannedReport } from './import.ts';
import {
  answered,
  batchIn,
  revokedNames,
  type Imported,
  type Kept,
  type Place,
  type Reading,
} from './import-answer.service.ts';
import { extendReport, placeReport } from './placing.service.ts';
import type { Report } from './report.entity.ts';
import { coordinatorFor } from './report.queries.ts';
import type { IntakeOptions } from './report.service.ts';
import { checkReportText } from './report.ts';
import { hasNews, type ReadItem } from './submission.service.ts';
import { withdrawn } from './withdrawal.service.ts';

const MOST_INDICATORS = 10_000;
const MOST_REPORTS = 100;

type Content = Omit<ImportBundleInput, 'idempotencyKey'>;

/** Documents that others wrote, as reports: one transaction, an answer for every object, and nothing published. */
export class ImportService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly options: IntakeOptions,
  ) {}

  import(viewer: Viewer, { idempotencyKey, ...content }: ImportBundleInput): Promise<Imported> {
    const read = this.read(content);
    return this.work.as(viewer, async (tx) => {
      const kept = await once(tx, viewer, { key: idempotencyKey, operation: 'importBundle', input: content }, () =>
        this.imported(tx, viewer, content, read),
      );
      return answered(tx, viewer, kept, read);
    });
  }

  private read({ bundle, format, title, defaults, ...choices }: Content): Reading {
    if (title != null) checkReportText({ title, narrative: null, externalId: null, threatActors: [], targets: [] });
    const document = readShared(bundle, format ?? null);
    if ('problem' in document) {
      const code = document.problem === 'TOO_MANY' ? 'TOO_MANY' : 'BAD_INPUT';
      throw new Refusal(code, document.hint, ['bundle']);
    }
    const plan = planImport(document, sha256(bundle).toString('hex'), {
      ...{ title: title ?? null, tell: choices.tell ?? null },
      ...{ takeUnflagged: choices.takeUnflagged, keepComments: choices.keepComments },
      defaults: { category: 'OTHER', tlp: 'AMBER', ...defaults, pap: defaults?.pap ?? null },
    });
    const count = plan.reports.reduce((sum, { items }) => sum + items.length, 0);
    if (count > MOST_INDICATORS || plan.reports.length > MOST_REPORTS) {
      const found = `It gives ${count} observables in ${plan.reports.length} reports.`;
      throw new Refusal('TOO_MANY', `At most ${MOST_INDICATORS} in ${MOST_REPORTS} at once. ${found}`, ['bundle']);
    }
    return { plan, items: plan.reports.map(({ items }) => items.map((item) => readIndicator(item, this.options))) };
  }

  private async imported(tx: Tx, viewer: Viewer, content: Content, { plan, items }: Reading): Promise<Kept> {
    const at = this.clock.now();
    await lockImports(tx, viewer);
    const terms = {
      attribution: content.attribution,
      coordinatorId: await coordinatorFor(tx, viewer, content.coordinator ?? null),
    };
    const known: (string | null)[] = [];
    for (const report of plan.reports) known.push(await findBySource(tx, viewer, report, terms));
    const revoked = await standing(tx, viewer, plan);
    const ids = [...known, ...revoked.map(({ report_id }) => report_id)].filter((id) => id !== null);
    const locked = new Map((await lockReports(tx, viewer, [...new Set(ids)])).map((report) => [report.id, report]));

    const places: Place[] = [];
    const drafts: Draft[] = [];
    for (const [index, report] of plan.reports.entries()) {
      const placing = { report, items: items[index] ?? [], known: locked.get(known[index] ?? '') ?? null };
      const placed = await place(tx, viewer, placing, { ...terms, seal: content.seal, at });
      places.push({ reportId: placed.reportId, firstOrd: placed.firstOrd });
      drafts.push(...placed.drafts);
    }
    drafts.push(...(await takeBack(tx, viewer, revoked, locked)));
    const [entryId = null] = await append(tx, authorOf(viewer, at), drafts);
    return { places, entryId };
  }
}

interface Placing {
  readonly report: PlannedReport;
  readonly items: readonly ReadItem[];
  readonly known: Report | null;
}

/** Into the report that is there from this source, or a new one; into none when nothing is new. */
async function place(
  tx: Tx,
  viewer: Viewer,
  { report, items, known }: Placing,
  terms: Terms & { readonly seal: boolean; readonly at: Date },
): Promise<Place & { drafts: readonly Draft[] }> {
  if (!(await hasNews(tx, batchIn(viewer, known?.id ?? null, 0), items)))
    return { reportId: known?.id ?? null, firstOrd: null, drafts: [] };
  if (known) return extendReport(tx, known, items, terms.at);
  const contentHash = sha256(report.source.format, ' ', report.source.id);
  return placeReport(tx, viewer, { ...report, ...terms, id: newId(), contentHash, targets: [] }, items);
}

/** The organisation's own indicators that the document takes back, and that were not withdrawn before. */
async function standing(tx: Tx, viewer: Viewer, plan: ImportPlan): Promise<Named[]> {
  const found = await indicatorsNamed(tx, viewer, revokedNames(plan));
  return found.filter(({ outcome }) => outcome !== 'WITHDRAWN' && outcome !== 'ENDED');
}

async function takeBack(
  tx: Tx,
  viewer: Viewer,
  revoked: readonly Named[],
  locked: ReadonlyMap<string, Report>,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const [id, indicators] of Map.groupBy(revoked, ({ report_id }) => report_id)) {
    const report = locked.get(id);
    if (!report) throw new Error('An indicator stands in no report of its reporter.');
    drafts.push(
      ...(
        await withdrawn(
          tx,
          viewer,
          report,
          indicators.map(({ id }) => id),
        )
      ).drafts,
    );
  }
  return drafts;
}
