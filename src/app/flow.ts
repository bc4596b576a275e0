import { EventsAcknowledged } from '../feed/feed.facts.ts';
import { IndicatorsWithdrawn, ReportExtended, ReportSealed, TellingAllowed } from '../intake/report.facts.ts';
import { widenConsent } from '../intake/telling.flow.ts';
import { on, onEach, type Reaction } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import { passAnswersOn, passResumedOn } from '../desk/answer.flow.ts';
import { placeDelegated } from '../desk/delegation.flow.ts';
import { proveDelivery } from '../desk/delivery.flow.ts';
import { CasesForwarded } from '../referral/forward.facts.ts';
import { settleEnded, settleMitigated, settleRejected } from '../correction/ending.flow.ts';
import { issueReferrals } from '../referral/issue.flow.ts';
import { liftPauses } from '../desk/pause.flow.ts';
import { passRepliesOn } from '../desk/reply.flow.ts';
import {
  ItemsAnswered,
  ItemsDelegated,
  ItemsRestored,
  ItemsResumed,
  ReferralsReplied,
} from '../referral/referral.facts.ts';
import { closeRestored } from '../desk/restore.flow.ts';
import { correctRetracted } from '../correction/retraction.flow.ts';
import { applyRules } from '../rules/rule.flow.ts';
import { addReaders, removeReaders } from '../referral/sharing.flow.ts';
import { handOver } from '../referral/transfer.flow.ts';
import { endWithdrawn } from '../correction/withdrawal.flow.ts';
import { AssetClaimsDecided } from '../routing/claim.facts.ts';
import { openDesk } from '../routing/joining.flow.ts';
import { reactToDecisions, reactToKnowledge, reactToStanding } from '../routing/parties.flow.ts';
import { rememberDescribed } from '../routing/hosting.flow.ts';
import { HostingDescribed, PartiesCorrected, PartiesResolved } from '../routing/party.facts.ts';
import {
  OrganisationCreated,
  OrganisationJoined,
  OrganisationReinstated,
  OrganisationSuspended,
} from '../tenancy/organisation.facts.ts';
import {
  CasesConfirmed,
  CasesEnded,
  CasesJoined,
  CasesMitigated,
  CasesOpened,
  CasesRejected,
  CasesRetracted,
} from '../triage/case.facts.ts';
import { confirmIndicators } from '../triage/decision.flow.ts';
import { ReportersAnswered } from '../triage/question.facts.ts';
import { informCases } from '../triage/question.flow.ts';
import { CasesLeft, CasesShared, CasesUnshared } from '../triage/sharing.facts.ts';
import { admit, type World } from './admit.ts';
import { tellKeys } from './operator-hears.ts';

/** The whole pipeline, every arrow of it: what happens next when a fact is in the ledger. */
export const flow = (clock: Clock, world: World = { asksTheWorld: false }): Reaction[] => [
  on(ReportSealed, (tx, entries) => admit(clock, tx, entries, world)),
  on(ReportExtended, (tx, entries) => admit(clock, tx, entries, world)),
  on(HostingDescribed, (tx, entries) => rememberDescribed(clock, tx, entries)),
  on(PartiesResolved, (tx, entries) => reactToKnowledge(clock, tx, entries)),
  on(PartiesCorrected, (tx, entries) => reactToKnowledge(clock, tx, entries)),
  onEach(AssetClaimsDecided, (tx, entry) => reactToDecisions(clock, tx, entry)),
  onEach(OrganisationSuspended, (tx, entry) => reactToStanding(clock, tx, entry)),
  onEach(OrganisationReinstated, (tx, entry) => reactToStanding(clock, tx, entry)),
  on(OrganisationJoined, (tx, entries) => openDesk(clock, tx, entries)),
  on(OrganisationCreated, (tx, entries) => tellKeys(clock, tx, entries)),
  onEach(TellingAllowed, (tx, entry) => widenConsent(clock, tx, [entry])),
  on(IndicatorsWithdrawn, (tx, entries) => endWithdrawn(clock, tx, entries)),
  on(CasesOpened, (tx, entries) => applyRules(clock, tx, entries)),
  on(CasesJoined, (tx, entries) => applyRules(clock, tx, entries)),
  on(CasesConfirmed, async (tx, entries) => {
    await confirmIndicators(clock, tx, entries);
    return liftPauses(clock, tx, entries);
  }),
  on(CasesRejected, (tx, entries) => settleRejected(clock, tx, entries)),
  onEach(CasesRetracted, (tx, entry) => correctRetracted(clock, tx, entry)),
  on(CasesMitigated, (tx, entries) => settleMitigated(clock, tx, entries)),
  on(CasesEnded, (tx, entries) => settleEnded(clock, tx, entries)),
  on(ReportersAnswered, (tx, entries) => informCases(clock, tx, entries)),
  on(CasesShared, (tx, entries) => addReaders(clock, tx, entries)),
  on(CasesUnshared, (tx, entries) => removeReaders(clock, tx, entries)),
  on(CasesLeft, (tx, entries) => handOver(clock, tx, entries)),
  on(CasesForwarded, (tx, entries) => issueReferrals(clock, tx, entries)),
  onEach(EventsAcknowledged, (tx, entry) => proveDelivery(clock, tx, entry)),
  onEach(ItemsAnswered, (tx, entry) => passAnswersOn(clock, tx, entry)),
  on(ItemsDelegated, (tx, entries) => placeDelegated(clock, tx, entries)),
  on(ItemsResumed, (tx, entries) => passResumedOn(clock, tx, entries)),
  onEach(ItemsRestored, (tx, entry) => closeRestored(clock, tx, entry)),
  on(ReferralsReplied, (tx, entries) => passRepliesOn(clock, tx, entries)),
];
