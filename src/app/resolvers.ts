// type-graphql’s decorators look for it as soon as a class is defined.
import 'reflect-metadata';
// Kinds of entry that no resolver writes: they are events like the others.
import '../ledger/log.facts.ts';

import { EventResolver } from '../feed/event.resolver.ts';
import { FeedService } from '../feed/feed.service.ts';
import { ImportResolver } from '../intake/import.resolver.ts';
import { ImportService } from '../intake/import.service.ts';
import { ReceiptResolver } from '../feed/receipt.resolver.ts';
import { StatementResolver } from '../feed/statement.resolver.ts';
import { StatementService } from '../feed/statement.service.ts';
import type { TokenService } from '../feed/token.service.ts';
import { IndicatorAcceptedResolver, IndicatorJoinedResolver } from '../intake/indicator-result.resolver.ts';
import { Indicator } from '../intake/indicator.entity.ts';
import { IndicatorResolver, ReportContentsResolver } from '../intake/report-contents.resolver.ts';
import { Report } from '../intake/report.entity.ts';
import { ReportResolver, SubmittedReportResolver } from '../intake/report.resolver.ts';
import { ReportService } from '../intake/report.service.ts';
import { WithdrawalService } from '../intake/withdrawal.service.ts';
import type { Signals } from '../ledger/signals.ts';
import { NodeRegistry, type NodeKind } from '../platform/api/node.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { AnswerResolver } from '../desk/answer.resolver.ts';
import { AnswerService } from '../desk/answer.service.ts';
import { DelegationResolver } from '../desk/delegation.resolver.ts';
import { DelegationService } from '../desk/delegation.service.ts';
import { ForwardResolver } from '../referral/forward.resolver.ts';
import { ForwardService } from '../referral/forward.service.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';
import { InboxResolver } from '../desk/inbox.resolver.ts';
import { OutcomeResolver } from '../insight/outcome.resolver.ts';
import { PreviewResolver } from '../referral/preview.resolver.ts';
import { PreviewService } from '../referral/preview.service.ts';
import { Referral } from '../referral/referral.entity.ts';
import { CaseReferralsResolver, ItemReferralsResolver, ReferralResolver } from '../referral/referral.resolver.ts';
import { ReplyResolver } from '../desk/reply.resolver.ts';
import { ReplyService } from '../desk/reply.service.ts';
import { RestoreService } from '../desk/restore.service.ts';
import { ErasureResolver } from '../retention/erasure.resolver.ts';
import { ErasureService } from '../retention/erasure.service.ts';
import { ReporterResolver, RuleResolver } from '../rules/rule.resolver.ts';
import { RuleService } from '../rules/rule.service.ts';
import { AssetClaim } from '../routing/claim.entity.ts';
import { ClaimResolver } from '../routing/claim.resolver.ts';
import { ClaimService } from '../routing/claim.service.ts';
import { ClaimDecisionService } from '../routing/decision.service.ts';
import { HostingResolver } from '../routing/hosting.resolver.ts';
import { HostingService } from '../routing/hosting.service.ts';
import { PartyWordResolver } from '../routing/party-word.resolver.ts';
import { PartyWordService } from '../routing/party-word.service.ts';
import { PartyResolver } from '../routing/party.resolver.ts';
import { Approval } from '../tenancy/approval.entity.ts';
import { ApprovalResolver } from '../tenancy/approval.resolver.ts';
import { ApprovalService } from '../tenancy/approval.service.ts';
import { Client } from '../tenancy/client.entity.ts';
import { ClientResolver } from '../tenancy/client.resolver.ts';
import type { AccessTokens } from '../tenancy/access-token.service.ts';
import { ClientService } from '../tenancy/client.service.ts';
import { LinkService } from '../tenancy/link.service.ts';
import { Member } from '../tenancy/member.entity.ts';
import { MemberResolver } from '../tenancy/member.resolver.ts';
import { MemberService } from '../tenancy/member.service.ts';
import { Organisation } from '../tenancy/organisation.entity.ts';
import { OrganisationResolver } from '../tenancy/organisation.resolver.ts';
import { OrganisationService } from '../tenancy/organisation.service.ts';
import { Recovery } from '../tenancy/recovery.entity.ts';
import { RecoveryResolver } from '../tenancy/recovery.resolver.ts';
import { RecoveryService } from '../tenancy/recovery.service.ts';
import { Case } from '../triage/case.entity.ts';
import { CaseResolver } from '../triage/case.resolver.ts';
import { CaseService } from '../triage/case.service.ts';
import { DecisionResolver } from '../triage/decision.resolver.ts';
import { Decisions } from '../triage/decision.service.ts';
import { EndingService } from '../triage/ending.service.ts';
import { Question } from '../triage/question.entity.ts';
import { CaseQuestionsResolver, QuestionResolver, ReportQuestionsResolver } from '../triage/question.resolver.ts';
import { QuestionService } from '../triage/question.service.ts';
import { SharingResolver } from '../triage/sharing.resolver.ts';
import { SharingService } from '../triage/sharing.service.ts';

/** What `node` knows, and what the rows of ledger entries are called outside. */
export const nodeKinds: readonly NodeKind[] = [
  { type: 'Organisation', subject: 'organisation', entity: Organisation, may: 'anyone' },
  { type: 'Member', subject: 'member', entity: Member, may: ['organisation:manage'] },
  { type: 'Client', subject: 'client', entity: Client, may: ['organisation:manage'] },
  { type: 'Recovery', subject: 'recovery', entity: Recovery, may: ['organisation:manage', 'hub:operate'] },
  {
    ...{ type: 'Approval', subject: 'approval', entity: Approval },
    may: ['organisation:manage', 'cases:decide', 'reports:submit', 'inbox:answer', 'hub:operate', 'claims:manage'],
  },
  { type: 'Report', subject: 'report', entity: Report, may: ['reports:read'] },
  { type: 'Indicator', subject: 'indicator', entity: Indicator, may: ['reports:read'] },
  { type: 'Case', subject: 'triage_case', entity: Case, may: ['cases:read'] },
  { type: 'Question', subject: 'question', entity: Question, may: ['reports:read', 'cases:read'] },
  { type: 'AssetClaim', subject: 'asset_claim', entity: AssetClaim, may: ['claims:manage', 'hub:operate'] },
  { type: 'InboxItem', subject: 'inbox_item', entity: InboxItem, may: ['inbox:read'] },
  { type: 'Referral', subject: 'referral', entity: Referral, may: ['inbox:read', 'cases:read'] },
];

/** What the services are made of. */
export interface Parts {
  readonly work: Work;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly accessTokens: AccessTokens;
  /** Accept names and addresses that are reserved for documentation. */
  readonly documentation: boolean;
  readonly tokens: TokenService;
}

/** Of organisations, their people and their keys. */
const tenancyResolvers = ({ work, clock, accessTokens }: Parts): object[] => [
  new OrganisationResolver(new OrganisationService(work, clock)),
  new ClientResolver(new ClientService(work, clock), new LinkService(work, clock, accessTokens)),
  new MemberResolver(new MemberService(work, clock)),
  new RecoveryResolver(new RecoveryService(work, clock)),
  new ApprovalResolver(new ApprovalService(work, clock)),
];

/** Of what is reported. */
const intakeResolvers = ({ work, clock, documentation }: Parts): object[] => [
  new ReportResolver(new ReportService(work, clock, { documentation }), new WithdrawalService(work, clock)),
  new SubmittedReportResolver(),
  new IndicatorAcceptedResolver(),
  new IndicatorJoinedResolver(),
  new ImportResolver(new ImportService(work, clock, { documentation })),
  new ReportContentsResolver(),
  new IndicatorResolver(),
];

/** Every resolver with its services, in the order of the folders. */
export function makeResolvers(parts: Parts): object[] {
  const { work, clock, signals, documentation, tokens } = parts;
  const nodes = new NodeRegistry(nodeKinds);
  const decisions = new Decisions(work, clock);
  return [
    ...tenancyResolvers(parts),
    new EventResolver(new FeedService(work, clock, signals, nodes), nodes),
    new ReceiptResolver(tokens),
    new StatementResolver(new StatementService(work, clock, tokens)),
    ...intakeResolvers(parts),
    new CaseResolver(),
    new DecisionResolver(new CaseService(decisions), new EndingService(decisions)),
    new SharingResolver(new SharingService(decisions)),
    new QuestionResolver(new QuestionService(work, clock, decisions)),
    new ReportQuestionsResolver(),
    new CaseQuestionsResolver(),
    new ClaimResolver(new ClaimService(work, clock, { documentation }), new ClaimDecisionService(work, clock)),
    new PartyWordResolver(new PartyWordService(decisions, { documentation })),
    new PartyResolver(),
    new HostingResolver(new HostingService(decisions, { documentation })),
    new InboxResolver(),
    new AnswerResolver(new AnswerService(work, clock), new RestoreService(work, clock)),
    new DelegationResolver(new DelegationService(work, clock)),
    new ReplyResolver(new ReplyService(work, clock)),
    new ReferralResolver(),
    new ItemReferralsResolver(),
    new CaseReferralsResolver(),
    new ForwardResolver(new ForwardService(decisions, clock)),
    new PreviewResolver(new PreviewService({ documentation })),
    new RuleResolver(new RuleService(work, clock)),
    new ReporterResolver(),
    new OutcomeResolver(),
    new ErasureResolver(new ErasureService(work, clock)),
  ];
}

/** The classes of the above: what the schema is built from, without a database. */
export const resolverClasses = [
  OrganisationResolver,
  ClientResolver,
  MemberResolver,
  RecoveryResolver,
  ApprovalResolver,
  EventResolver,
  ReceiptResolver,
  StatementResolver,
  ReportResolver,
  SubmittedReportResolver,
  IndicatorAcceptedResolver,
  IndicatorJoinedResolver,
  ImportResolver,
  ReportContentsResolver,
  IndicatorResolver,
  CaseResolver,
  DecisionResolver,
  SharingResolver,
  QuestionResolver,
  ReportQuestionsResolver,
  CaseQuestionsResolver,
  ClaimResolver,
  PartyWordResolver,
  PartyResolver,
  HostingResolver,
  InboxResolver,
  AnswerResolver,
  DelegationResolver,
  ReplyResolver,
  ReferralResolver,
  ItemReferralsResolver,
  CaseReferralsResolver,
  ForwardResolver,
  PreviewResolver,
  RuleResolver,
  ReporterResolver,
  OutcomeResolver,
  ErasureResolver,
] as const;
