import { Arg, Ctx, Field, FieldResolver, ID, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, keyAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import {
  IndicatorAccepted,
  IndicatorJoined,
  IndicatorRefused,
  IndicatorResult,
  type IndicatorResultType,
} from './indicator-result.type.ts';
import { Report } from './report.entity.ts';
import {
  AddIndicatorsInput,
  AllowTellingInput,
  SealReportInput,
  SubmitReportInput,
  WithdrawIndicatorsInput,
} from './report.inputs.ts';
import type { ReportService, Submitted } from './report.service.ts';
import type { ItemAnswer } from './submission.service.ts';
import type { WithdrawalService } from './withdrawal.service.ts';

@ObjectType()
class SubmitReportPayload extends Payload {
  /** Of the row; `report` is read where it is asked for. */
  reportId?: string | null;

  @Field(() => [IndicatorResult], { nullable: true, description: 'One answer an item, in the order sent.' })
  results?: IndicatorResultType[] | null;
}

@ObjectType()
class ReportPayload extends Payload {
  @Field(() => Report, { nullable: true })
  report?: Report | null;
}

@ObjectType()
class WithdrawIndicatorsPayload extends Payload {
  @Field(() => Report, { nullable: true })
  report?: Report | null;

  @Field(() => Int, { nullable: true, description: 'How many indicators were withdrawn.' })
  count?: number | null;
}

@Resolver(() => SubmitReportPayload)
export class SubmittedReportResolver {
  @FieldResolver(() => Report, { nullable: true })
  async report(@Root() { reportId }: SubmitReportPayload, @Ctx() context: RequestContext): Promise<Report | null> {
    return reportId == null ? null : oneReport(context, reportId);
  }
}

const ReportConnection = connectionOf(Report, 'Report');

@Resolver(() => Report)
export class ReportResolver {
  constructor(
    private readonly reports: ReportService,
    private readonly withdrawals: WithdrawalService,
  ) {}

  @Query(() => Report, { nullable: true, description: 'A report of yours, or one whose cases you coordinate.' })
  @May('reports:read')
  report(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Report | null> {
    return oneReport(context, rowIdOf('Report', id));
  }

  @Query(() => ReportConnection, {
    name: 'reports',
    description: 'The reports that your organisation submitted, newest first.',
  })
  @May('reports:read')
  async ownReports(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Report>>> {
    const size = pageSize(first);
    const [last = 'ffffffff-ffff-ffff-ffff-ffffffffffff'] = keyAfter(after, ['id']) ?? [];
    const tx = await context.read();
    const rows = await tx.listAsked(Report, [], 'WHERE t.owner_id = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3', [
      context.viewer.organisationId,
      last,
      size + 1,
    ]);
    return pageOf(rows, size, ({ id }) => [id]);
  }

  @Mutation(() => SubmitReportPayload, {
    description:
      'Submits a report with up to 10,000 indicators, in one transaction, with an answer for each. Above 256 kB send it ' +
      'to /graphql/bulk (8 MB).',
  })
  @May('reports:submit')
  submitReport(
    @Arg('input', () => SubmitReportInput) input: SubmitReportInput,
    @Ctx() context: RequestContext,
  ): Promise<SubmitReportPayload> {
    return answered(context, async () => submittedPayload(await this.reports.submit(context.viewer, input)));
  }

  @Mutation(() => SubmitReportPayload, {
    description: 'Adds indicators. To a sealed report: they are acted on at once.',
  })
  @May('reports:submit')
  addIndicators(
    @Arg('input', () => AddIndicatorsInput) input: AddIndicatorsInput,
    @Ctx() context: RequestContext,
  ): Promise<SubmitReportPayload> {
    return answered(context, async () => submittedPayload(await this.reports.add(context.viewer, input)));
  }

  @Mutation(() => ReportPayload, {
    description: 'Seals a report that was submitted with `seal: false`: it is acted on from now.',
  })
  @May('reports:submit')
  sealReport(
    @Arg('input', () => SealReportInput) input: SealReportInput,
    @Ctx() context: RequestContext,
  ): Promise<ReportPayload> {
    return answered(context, async () => {
      const { reportId, entryId } = await this.reports.seal(context.viewer, input);
      return { report: await oneReport(context, reportId), receipt: receiptOf(entryId) };
    });
  }

  @Mutation(() => WithdrawIndicatorsPayload, {
    description: 'Takes indicators of one report back. A case ends when nothing in it stands any more.',
  })
  @May('reports:submit')
  withdrawIndicators(
    @Arg('input', () => WithdrawIndicatorsInput) input: WithdrawIndicatorsInput,
    @Ctx() context: RequestContext,
  ): Promise<WithdrawIndicatorsPayload> {
    return answered(context, async () => {
      const { reportId, entryId, count } = await this.withdrawals.withdraw(context.viewer, input);
      return { report: await oneReport(context, reportId), count, receipt: receiptOf(entryId) };
    });
  }

  @Mutation(() => ReportPayload, {
    description: 'For a report with `tell: ASK_ME` or `COORDINATOR_ONLY`: lets the responsible parties be told. Final.',
  })
  @May('reports:submit')
  allowTelling(
    @Arg('input', () => AllowTellingInput) input: AllowTellingInput,
    @Ctx() context: RequestContext,
  ): Promise<ReportPayload> {
    return answered(context, async () => {
      const { reportId, entryId } = await this.withdrawals.allowTelling(context.viewer, input);
      return { report: await oneReport(context, reportId), receipt: receiptOf(entryId) };
    });
  }
}

export const receiptOf = (entryId: string | null): Receipt | null => (entryId === null ? null : new Receipt(entryId));

async function oneReport(context: RequestContext, id: string | null): Promise<Report | null> {
  const tx = await context.read();
  const [report] = await tx.list(Report, 'WHERE t.id = $1', [id]);
  return report ?? null;
}

function submittedPayload({ reportId, answers, entryId }: Submitted): Omit<SubmitReportPayload, 'errors'> {
  return { reportId, results: answers.map(resultOf), receipt: receiptOf(entryId) };
}

export function resultOf(answer: ItemAnswer): IndicatorResultType {
  switch (answer.kind) {
    case 'ACCEPTED':
      return new IndicatorAccepted(answer.id);
    case 'JOINED':
      return new IndicatorJoined(answer.id);
    case 'REFUSED':
      return new IndicatorRefused(answer.refusal.code, answer.refusal.hint);
  }
}
