import { EventsAcknowledged } from '../feed/feed.facts.ts';
import { IndicatorsWithdrawn, ReportExtended, ReportSealed, TellingAllowed } from '../intake/report.facts.ts';
import { widenConsent } from '../intake/telling.flow.ts';
import { on, onEach, type Reaction } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import { passAnswersOn } from '../referral/answer.flow.ts';
import { proveDelivery } from '../referral/delivery.flow.ts';
import { CasesForwarded } from '../referral/forward.facts.ts';
import { issueReferrals } from '../referral/issue.flow.ts';
import { ItemsAnswered } from '../referral/referral.facts.ts';
import { endWithdrawn } from '../referral/withdrawal.flow.ts';
import { OrganisationCreated } from '../tenancy/organisation.facts.ts';
import { CasesConfirmed } from '../triage/case.facts.ts';
import { confirmIndicators } from '../triage/decision.flow.ts';
import { admit } from './admit.ts';
import { tellKeys } from './operator-hears.ts';

/** The whole pipeline, every arrow of it: what happens next when a fact is in the ledger. */
export const flow = (clock: Clock): Reaction[] => [
  on(OrganisationCreated, (tx, entries) => tellKeys(clock, tx, entries)),
  on(ReportSealed, (tx, entries) => admit(clock, tx, entries)),
  on(ReportExtended, (tx, entries) => admit(clock, tx, entries)),
  onEach(TellingAllowed, (tx, entry) => widenConsent(clock, tx, [entry])),
  on(IndicatorsWithdrawn, (tx, entries) => endWithdrawn(clock, tx, entries)),
  on(CasesConfirmed, (tx, entries) => confirmIndicators(clock, tx, entries)),
  on(CasesForwarded, (tx, entries) => issueReferrals(clock, tx, entries)),
  onEach(EventsAcknowledged, (tx, entry) => proveDelivery(clock, tx, entry)),
  onEach(ItemsAnswered, (tx, entry) => passAnswersOn(clock, tx, entry)),
];
