import { Indicator } from '../intake/indicator.entity.ts';
import { Report } from '../intake/report.entity.ts';
import { Responsibility } from '../intake/responsibility.entity.ts';
import type { Entities } from '../platform/database/data-source.ts';
import { DelegatedObservable } from '../desk/delegated-observable.entity.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';
import { Referral } from '../referral/referral.entity.ts';
import { ReferredObservable } from '../referral/referred-observable.entity.ts';
import { TriageRule } from '../rules/rule.entity.ts';
import { AssetClaim } from '../routing/claim.entity.ts';
import { Approval } from '../tenancy/approval.entity.ts';
import { Client } from '../tenancy/client.entity.ts';
import { Member } from '../tenancy/member.entity.ts';
import { Organisation } from '../tenancy/organisation.entity.ts';
import { Recovery } from '../tenancy/recovery.entity.ts';
import { CaseAssignment } from '../triage/assignment.entity.ts';
import { Case } from '../triage/case.entity.ts';
import { Question } from '../triage/question.entity.ts';

/** Every table that the code reads as objects. */
export const entities: Entities = [
  Organisation,
  Member,
  Approval,
  Client,
  Recovery,
  Report,
  Indicator,
  Responsibility,
  Case,
  CaseAssignment,
  Question,
  AssetClaim,
  InboxItem,
  DelegatedObservable,
  Referral,
  ReferredObservable,
  TriageRule,
];
