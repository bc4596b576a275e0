import { indicatorStates } from '../intake/indicator.states.ts';
import { reportStates } from '../intake/report.states.ts';
import { responsibilityStates } from '../intake/responsibility.states.ts';
import type { StateTable } from '../platform/states.ts';
import { itemStates } from '../referral/inbox-item.states.ts';
import { referralStates } from '../referral/referral.states.ts';
import { ruleStates } from '../rules/rule.states.ts';
import { claimStates } from '../routing/claim.states.ts';
import { approvalStates } from '../tenancy/approval.states.ts';
import { memberStates } from '../tenancy/member.states.ts';
import { organisationStates } from '../tenancy/organisation.states.ts';
import { recoveryStates } from '../tenancy/recovery.states.ts';
import { caseStates } from '../triage/case.states.ts';
import { questionStates } from '../triage/question.states.ts';

/** The life of every noun, in the order of the folders: what docs/states.md is generated from. */
export const stateTables: readonly StateTable[] = [
  organisationStates,
  memberStates,
  recoveryStates,
  approvalStates,
  reportStates,
  indicatorStates,
  responsibilityStates,
  caseStates,
  questionStates,
  claimStates,
  itemStates,
  referralStates,
  ruleStates,
];
