import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

/** For the party, and the first that the new coordinator hears of it: whose request it is from now on. */
export const ReferralsTaken = defineFact({
  kind: 'REFERRALS_TAKEN',
  subject: 'referral',
  row: z.object({ id: z.string(), coordinator: z.string() }),
  summary: (n) => `${count(n, 'referral')} ${n === 1 ? 'is' : 'are'} another coordinator's now.`,
});
