import { append, authorOf, draftsOf } from '../ledger/append.ts';
import { draft, type Draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { FALLEN } from './indicator.states.ts';
import type { Report } from './report.entity.ts';
import { IndicatorsWithdrawn, ReportWithdrawn, TellingAllowed } from './report.facts.ts';
import type { AllowTellingInput, WithdrawIndicatorsInput } from './report.inputs.ts';
import { lockReport } from './report.queries.ts';
import { reportStates } from './report.states.ts';

const MOST = 10_000;

export interface Changed {
  readonly reportId: string;
  readonly entryId: string;
  /** How many indicators it changed. */
  readonly count: number;
}

/** What a reporter may still say of its own report: that it was wrong, and that more may be told. */
export class WithdrawalService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** Takes indicators back, or all of a report. Whoever else reported the same hears nothing of it. */
  withdraw(viewer: Viewer, { idempotencyKey, ...content }: WithdrawIndicatorsInput): Promise<Changed> {
    const asked = content.indicators?.map((id) => rowIdOf('Indicator', id)) ?? null;
    if (asked && asked.length > MOST) throw new Refusal('TOO_MANY', `At most ${MOST} at once.`, ['indicators']);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'withdrawIndicators', input: content }, async () => {
        const report = await lockReport(tx, viewer, content.report);
        const { count, drafts } = await withdrawn(tx, viewer, report, asked);
        if (count === 0) throw notFound(['indicators']);
        const [entryId = ''] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { reportId: report.id, entryId, count };
      }),
    );
  }

  /** Widens the consent of a report that was for the coordinator's eyes first: the parties that can act may be told. */
  allowTelling(viewer: Viewer, { idempotencyKey, ...content }: AllowTellingInput): Promise<Changed> {
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'allowTelling', input: content }, async () => {
        const report = await lockReport(tx, viewer, content.report);
        reportStates.after(report.state, 'allowTelling', ['report']);
        if (report.tell === 'RESPONSIBLE_PARTIES') {
          throw new Refusal('WRONG_STATE', 'The responsible parties may be told already.', ['report']);
        }
        await tx.query("UPDATE report SET tell = 'RESPONSIBLE_PARTIES', version = version + 1 WHERE id = $1", [
          report.id,
        ]);
        const drafts = [draft(TellingAllowed, [{ id: report.id }])];
        const [entryId = ''] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { reportId: report.id, entryId, count: 0 };
      }),
    );
  }
}

/** Takes back indicators of a locked report, or all of it, and the report itself once nothing of it stands. */
export async function withdrawn(
  tx: Tx,
  { organisationId }: Viewer,
  report: Report,
  indicators: readonly (string | null)[] | null,
): Promise<{ count: number; drafts: Draft[] }> {
  const state = reportStates.after(report.state, 'withdraw', ['report']);
  const own = 'report_id = $1 AND reporter_id = $2';
  const taken = await tx.query<{ id: string }>(
    `UPDATE indicator SET outcome = 'WITHDRAWN', version = version + 1
      WHERE ${own} AND ($3::uuid[] IS NULL OR id = ANY ($3)) AND outcome NOT IN ${FALLEN} RETURNING id`,
    [report.id, organisationId, indicators],
  );
  if (taken.length === 0) return { count: 0, drafts: [] };
  const [left] = await tx.query<{ standing: boolean }>(
    `SELECT EXISTS (SELECT FROM indicator WHERE ${own} AND outcome <> 'WITHDRAWN') AS standing`,
    [report.id, organisationId],
  );
  const drafts = await draftsOf(tx, IndicatorsWithdrawn, taken);
  if (!left?.standing) {
    await tx.query('UPDATE report SET state = $2, version = version + 1 WHERE id = $1', [report.id, state]);
    drafts.push(draft(ReportWithdrawn, [{ id: report.id }]));
  }
  return { count: taken.length, drafts };
}
