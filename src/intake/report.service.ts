import { append, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import { canonical } from '../ledger/entry.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { newId, sha256 } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once, type Request } from '../tenancy/idempotency.service.ts';
import { readIndicator, type SubmittedIndicator } from './indicator.ts';
import { tellUnlessSaid } from './label.ts';
import { extendReport, placeReport, type Placed } from './placing.service.ts';
import { IndicatorsChanged, ReportSealed } from './report.facts.ts';
import type { AddIndicatorsInput, SealReportInput, SubmitReportInput } from './report.inputs.ts';
import { coordinatorFor, entryOfReport, findByExternalId, lockReport } from './report.queries.ts';
import { reportStates } from './report.states.ts';
import { checkReportText, type Tell } from './report.ts';
import { answersOf, type ItemAnswer, type ReadItem } from './submission.service.ts';

const MAX_INDICATORS = 10_000;

export interface Submitted {
  readonly reportId: string;
  readonly answers: readonly ItemAnswer[];
  readonly entryId: string | null;
}

/** What is kept of a submission's answer; the items' own answers are in the rows. */
interface Kept {
  readonly reportId: string;
  readonly firstOrd: number;
  /** Null only when a report is known by its externalId and its entry is not numbered yet. */
  readonly entryId: string | null;
}

/** A submission that was done now. */
interface Done extends Kept {
  /** Null: nothing was written, the rows have to say. */
  readonly answers: readonly ItemAnswer[] | null;
}

export interface IntakeOptions {
  /** Accept names and addresses reserved for documentation: a trial hub, where nothing is real. */
  readonly documentation: boolean;
}

type Content = Omit<SubmitReportInput, 'idempotencyKey' | 'coordinator'> & {
  readonly tell: Tell;
  readonly contentHash: Buffer;
  readonly coordinator: Promise<string>;
};

export class ReportService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly options: IntakeOptions,
  ) {}

  /** Up to 10,000 indicators in one transaction, an answer for each; nothing leaves before the report is sealed. */
  submit(viewer: Viewer, input: SubmitReportInput): Promise<Submitted> {
    const { idempotencyKey, ...sent } = input;
    const content = { ...sent, tell: sent.tell ?? tellUnlessSaid(sent.tlp) };
    checkReportText({ ...content, narrative: content.narrative ?? null, externalId: content.externalId ?? null });
    const items = this.read(content.indicators);
    const request = { key: idempotencyKey, operation: 'submitReport', input: content };
    const contentHash = hashOf(content);
    return this.work.as(viewer, async (tx) => {
      // Travels with the look for the key. Where the request is a repeated one, nobody asks what became of it.
      const coordinator = coordinatorFor(tx, viewer, content.coordinator ?? null);
      coordinator.catch(() => undefined);
      return this.answered(tx, viewer, request, items, () =>
        this.submitted(tx, viewer, { ...content, contentHash, coordinator }, items),
      );
    });
  }

  /** More indicators; after sealing they are a sealed batch of their own. */
  add(viewer: Viewer, { idempotencyKey, ...content }: AddIndicatorsInput): Promise<Submitted> {
    const items = this.read(content.indicators);
    const request = { key: idempotencyKey, operation: 'addIndicators', input: content };
    return this.work.as(viewer, (tx) =>
      this.answered(tx, viewer, request, items, async () => {
        const report = await lockReport(tx, viewer, content.report);
        return this.record(tx, viewer, await extendReport(tx, report, items, this.clock.now()));
      }),
    );
  }

  /** From now on it is acted on. */
  seal(viewer: Viewer, { idempotencyKey, ...content }: SealReportInput): Promise<Submitted> {
    return this.work.as(viewer, async (tx) => {
      const kept = await once(
        tx,
        viewer,
        { key: idempotencyKey, operation: 'sealReport', input: content },
        async () => {
          const report = await lockReport(tx, viewer, content.report);
          const state = reportStates.after(report.state, 'seal', ['report']);
          await tx.query('UPDATE report SET state = $2, sealed_at = $3, version = version + 1 WHERE id = $1', [
            report.id,
            state,
            this.clock.now(),
          ]);
          const held = await tx.query<{ id: string; outcome: string }>(
            `UPDATE indicator SET outcome = 'RECEIVED', version = version + 1
            WHERE report_id = $1 AND reporter_id = $2 AND outcome = 'HELD' RETURNING id, outcome`,
            [report.id, viewer.organisationId],
          );
          const drafts = [draft(ReportSealed, [{ id: report.id }]), draft(IndicatorsChanged, held)];
          return this.record(tx, viewer, { reportId: report.id, firstOrd: 0, drafts, answers: [] });
        },
      );
      return { ...kept, answers: [] };
    });
  }

  private read(items: readonly SubmittedIndicator[]): ReadItem[] {
    if (items.length > MAX_INDICATORS) {
      throw new Refusal('TOO_MANY', `At most ${MAX_INDICATORS} indicators at once; send the rest by addIndicators.`, [
        'indicators',
      ]);
    }
    return items.map((item) => readIndicator(item, this.options));
  }

  private async submitted(
    tx: Tx,
    viewer: Viewer,
    { coordinator, ...content }: Content,
    items: readonly ReadItem[],
  ): Promise<Done> {
    const known =
      content.externalId == null ? null : await findByExternalId(tx, viewer, content.externalId, content.contentHash);
    if (known) return { reportId: known.id, firstOrd: 0, entryId: await entryOfReport(tx, known.id), answers: null };
    const report = { ...content, id: newId(), coordinatorId: await coordinator, at: this.clock.now() };
    return this.record(tx, viewer, await placeReport(tx, viewer, report, items));
  }

  private async record(tx: Tx, viewer: Viewer, { drafts, ...placed }: Placed): Promise<Done> {
    const [entryId] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
    if (entryId === undefined) throw new Error('A submission has an entry.');
    return { ...placed, entryId };
  }

  /** Done once; the answers to the items are those given now, or of a repeated request what the rows say. */
  private async answered(
    tx: Tx,
    viewer: Viewer,
    request: Request,
    items: readonly ReadItem[],
    act: () => Promise<Done>,
  ): Promise<Submitted> {
    const given: (readonly ItemAnswer[])[] = [];
    const kept = await once(tx, viewer, request, async (): Promise<Kept> => {
      const { answers, ...rest } = await act();
      if (answers) given.push(answers);
      return rest;
    });
    const batch = {
      ...{ ...kept, reporterId: viewer.organisationId },
      ...{ consents: true, forOneCoordinator: false, sealed: true },
    };
    return { ...kept, answers: given[0] ?? (await answersOf(tx, batch, items)) };
  }
}

/** Of everything sent, refused items included; half a surrogate pair in one of those has no canonical form. */
function hashOf(content: object): Buffer {
  const wellFormed = (_key: string, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value);
  return sha256(canonical(JSON.parse(JSON.stringify(content), wellFormed)));
}
