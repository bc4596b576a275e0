import { z } from 'zod';

import { defineFact } from '../ledger/fact.ts';

const row = z.object({ id: z.string() });
const named = z.object({ id: z.string(), clientId: z.string(), name: z.string() });
const person = z.object({ id: z.string(), memberId: z.string() });

export const OrganisationCreated = defineFact({
  kind: 'ORGANISATION_CREATED',
  subject: 'organisation',
  row: z.object({ id: z.string(), name: z.string(), roles: z.array(z.string()) }),
  summary: () => 'The organisation was registered.',
});
/** Somebody joined for an organisation that the hub had made itself: it has a name now, and keeps all that it was sent. */
export const OrganisationJoined = defineFact({
  kind: 'ORGANISATION_JOINED',
  subject: 'organisation',
  row: z.object({ id: z.string(), name: z.string() }),
  summary: () => 'The organisation was claimed by whom it stands for.',
});
export const OrganisationSuspended = defineFact({
  kind: 'ORGANISATION_SUSPENDED',
  subject: 'organisation',
  row,
  summary: () => 'The organisation was suspended.',
});
export const OrganisationReinstated = defineFact({
  kind: 'ORGANISATION_REINSTATED',
  subject: 'organisation',
  row,
  summary: () => 'The organisation was reinstated.',
});
export const MemberInvited = defineFact({
  kind: 'MEMBER_INVITED',
  subject: 'organisation',
  row: person,
  summary: () => 'A member was invited.',
});
export const MemberRemoved = defineFact({
  kind: 'MEMBER_REMOVED',
  subject: 'organisation',
  row: person,
  summary: () => 'A member was removed.',
});
export const ClientCreated = defineFact({
  kind: 'CLIENT_CREATED',
  subject: 'organisation',
  row: named,
  summary: () => 'A key was issued.',
});
export const ClientLinked = defineFact({
  kind: 'CLIENT_LINKED',
  subject: 'organisation',
  row: named.extend({ issuer: z.string(), issuerClient: z.string(), issuerSubject: z.string() }),
  summary: () => 'The tokens of an issuer’s client were linked.',
});
export const ClientKeyRotated = defineFact({
  kind: 'CLIENT_KEY_ROTATED',
  subject: 'organisation',
  row: named.extend({ oldKeyUntil: z.string() }),
  summary: () => 'A key was replaced.',
});
export const ClientRevoked = defineFact({
  kind: 'CLIENT_REVOKED',
  subject: 'organisation',
  row: named,
  summary: () => 'A key was revoked.',
});
/** Told to the operators' own organisation: an alarm that stays. */
export const EntryQuarantined = defineFact({
  kind: 'ENTRY_QUARANTINED',
  subject: 'organisation',
  row: z.object({ id: z.string(), entryId: z.string(), kind: z.string() }),
  summary: () => 'The flow set an entry aside after five failures.',
});
