import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

/** Entries from before there was more than one kind do not say it. */
const claim = z.object({ id: z.string(), kind: z.string().optional(), role: z.string(), value: z.string() });

export const AssetsClaimed = defineFact({
  kind: 'ASSETS_CLAIMED',
  subject: 'asset_claim',
  row: claim,
  summary: (n) => `${count(n, 'asset')} claimed.`,
});
/** By the operator, the holder of the asset, the holder of the claim, or the clock: `state` says what it is now. */
export const AssetClaimsDecided = defineFact({
  kind: 'ASSET_CLAIMS_DECIDED',
  subject: 'asset_claim',
  row: claim.extend({ state: z.string() }),
  summary: (n) => `${count(n, 'claim')} decided.`,
});
