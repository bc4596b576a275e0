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
/** She signed in for the first time, with her invitation: who she is to her provider from now on. */
export const MemberJoined = defineFact({
  kind: 'MEMBER_JOINED',
  subject: 'organisation',
  row: person.extend({ issuer: z.string(), subject: z.string() }),
  summary: () => 'A member joined.',
});
export const MemberGranted = defineFact({
  kind: 'MEMBER_GRANTED',
  subject: 'organisation',
  row: person.extend({ permissions: z.array(z.string()) }),
  summary: () => 'What a member may do was changed.',
});
export const MemberSuspended = defineFact({
  kind: 'MEMBER_SUSPENDED',
  subject: 'organisation',
  row: person,
  summary: () => 'A member was suspended.',
});
export const MemberReinstated = defineFact({
  kind: 'MEMBER_REINSTATED',
  subject: 'organisation',
  row: person,
  summary: () => 'A member was reinstated.',
});
export const InvitationRenewed = defineFact({
  kind: 'INVITATION_RENEWED',
  subject: 'organisation',
  row: person,
  summary: () => 'A member was sent another invitation.',
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
export const ClientChanged = defineFact({
  kind: 'CLIENT_CHANGED',
  subject: 'organisation',
  // As it is from now on.
  row: named.extend({
    permissions: z.array(z.string()),
    networks: z.array(z.string()),
    expiresAt: z.string().nullable(),
  }),
  summary: () => 'What a credential may do, or from where or until when it opens, was changed.',
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
