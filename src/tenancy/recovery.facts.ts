import { z } from 'zod';

import { defineFact } from '../ledger/fact.ts';

const row = z.object({ id: z.string() });

export const RecoveryBegun = defineFact({
  kind: 'RECOVERY_BEGUN',
  subject: 'recovery',
  row: row.extend({ organisation: z.string(), reason: z.string(), endsAt: z.string() }),
  summary: () => 'An operator wants a key issued for an organisation that has lost its own. It can be refused.',
});
export const RecoveryConfirmed = defineFact({
  kind: 'RECOVERY_CONFIRMED',
  subject: 'recovery',
  row: row.extend({ opensAt: z.string(), endsAt: z.string() }),
  summary: () => 'A second operator agreed that a key be issued. It can be refused until that is done.',
});
export const RecoveryRefused = defineFact({
  kind: 'RECOVERY_REFUSED',
  subject: 'recovery',
  row,
  summary: () => 'The recovery was refused: no key is issued.',
});
export const RecoveryExpired = defineFact({
  kind: 'RECOVERY_EXPIRED',
  subject: 'recovery',
  row,
  summary: () => 'The recovery was not used in time: no key is issued.',
});
export const RecoveryIssued = defineFact({
  kind: 'RECOVERY_ISSUED',
  subject: 'recovery',
  row,
  summary: () => 'A key was issued, and handed to the operator that began the recovery.',
});
/** Told to the organisation and its operator: which of its keys it is. */
export const OrganisationRecovered = defineFact({
  kind: 'ORGANISATION_RECOVERED',
  subject: 'organisation',
  row: row.extend({ recovery: z.string(), clientId: z.string(), name: z.string() }),
  summary: () => 'An operator issued a key of the organisation, after two had agreed and nobody objected.',
});
