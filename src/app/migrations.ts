import { Ledger1764000000001 } from '../../migrations/1764000000001-ledger.ts';
import { Tenancy1764000000002 } from '../../migrations/1764000000002-tenancy.ts';
import { Intake1764000000003 } from '../../migrations/1764000000003-intake.ts';
import { Triage1764000000004 } from '../../migrations/1764000000004-triage.ts';
import { Routing1764000000005 } from '../../migrations/1764000000005-routing.ts';
import { Referral1764000000006 } from '../../migrations/1764000000006-referral.ts';
import { Proof1764000000007 } from '../../migrations/1764000000007-proof.ts';
import { Decisions1764000000008 } from '../../migrations/1764000000008-decisions.ts';
import { Answers1764000000009 } from '../../migrations/1764000000009-answers.ts';
import { Parties1764000000010 } from '../../migrations/1764000000010-parties.ts';
import { Import1764000000011 } from '../../migrations/1764000000011-import.ts';
import { Issuers1764000000012 } from '../../migrations/1764000000012-issuers.ts';
import { Outcomes1764000000013 } from '../../migrations/1764000000013-outcomes.ts';
import { Whom1764000000014 } from '../../migrations/1764000000014-whom.ts';
import { Hosting1764000000015 } from '../../migrations/1764000000015-hosting.ts';
import { NamedParties1764000000016 } from '../../migrations/1764000000016-named-parties.ts';
import { Fences1764000000017 } from '../../migrations/1764000000017-fences.ts';
import { People1764000000019 } from '../../migrations/1764000000019-people.ts';
import { FourEyes1764000000020 } from '../../migrations/1764000000020-four-eyes.ts';
import { Credentials1764000000021 } from '../../migrations/1764000000021-credentials.ts';
import { Recovery1764000000022 } from '../../migrations/1764000000022-recovery.ts';
import { Erasure1764000000024 } from '../../migrations/1764000000024-erasure.ts';
import { Labels1764000000027 } from '../../migrations/1764000000027-labels.ts';
import { Ingest1764000000028 } from '../../migrations/1764000000028-ingest.ts';
import { Subjects1764000000029 } from '../../migrations/1764000000029-subjects.ts';
import { Replicas1764000000030 } from '../../migrations/1764000000030-replicas.ts';
import type { Migrations } from '../platform/database/migrate.ts';

/** In the order in which they run: that of their numbers. */
export const migrations: Migrations = [
  Ledger1764000000001,
  Tenancy1764000000002,
  Intake1764000000003,
  Triage1764000000004,
  Routing1764000000005,
  Referral1764000000006,
  Proof1764000000007,
  Decisions1764000000008,
  Answers1764000000009,
  Parties1764000000010,
  Import1764000000011,
  Issuers1764000000012,
  Outcomes1764000000013,
  Whom1764000000014,
  Hosting1764000000015,
  NamedParties1764000000016,
  Fences1764000000017,
  People1764000000019,
  FourEyes1764000000020,
  Credentials1764000000021,
  Recovery1764000000022,
  Erasure1764000000024,
  Labels1764000000027,
  Ingest1764000000028,
  Subjects1764000000029,
  Replicas1764000000030,
];
