import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const claim = z.object({ id: z.string(), role: z.string(), value: z.string() });

export const AssetsClaimed = defineFact({
  kind: 'ASSETS_CLAIMED',
  subject: 'asset_claim',
  row: claim,
  summary: (n) => `${count(n, 'asset')} claimed.`,
});
export const AssetClaimsDecided = defineFact({
  kind: 'ASSET_CLAIMS_DECIDED',
  subject: 'asset_claim',
  row: claim.extend({ state: z.string() }),
  summary: (n) => `${count(n, 'claim')} decided.`,
});
