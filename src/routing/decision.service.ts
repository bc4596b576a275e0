import { append, authorOf } from '../ledger/append.ts';
import { attempt, checkBulkSize, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { AssetClaimsDecided } from './claim.facts.ts';
import type { DecideClaimsInput } from './claim.inputs.ts';
import { claimDrafts, moveClaims, oneAtATime } from './claim.queries.ts';
import type { ClaimDecision } from './claim.ts';
import { Docket, type Decidable, type Rival } from './docket.policy.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Decisions on other organisations' claims: the operator's, and on a contact those of the asset's holder. */
export class ClaimDecisionService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  decide(viewer: Viewer, { idempotencyKey, ...content }: DecideClaimsInput): Promise<BulkAnswers> {
    checkBulkSize(content.claims, 'claims');
    const decision = content.decision ?? (content.verified ? 'VERIFY' : 'REFUSE');
    const until = this.untilOf(decision, content.until ?? null);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'decideAssetClaims', input: content }, async () => {
        await oneAtATime(tx);
        const asked = content.claims.map((id) => rowIdOf('AssetClaim', id));
        const found = await takeDecidable(tx, viewer, asked);
        const docket = new Docket(viewer.organisationId, decision, until, await rivalsOf(tx, [...found.keys()]));
        const answers = asked.map((id) => attempt(() => docket.decide(found.get(id ?? ''))));
        const rows = await moveClaims(tx, docket.moves, this.clock.now());
        const drafts = await claimDrafts(tx, AssetClaimsDecided, rows);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }

  private untilOf(decision: ClaimDecision, until: Date | null): Date | null {
    const routes = decision === 'VERIFY' || decision === 'RENEW' || decision === 'UPHOLD';
    if (until !== null && (!routes || until <= this.clock.now())) {
      throw new Refusal('BAD_INPUT', 'until lies in the future, and goes with VERIFY, RENEW and UPHOLD.', ['until']);
    }
    return routes ? (until ?? new Date(this.clock.now().getTime() + YEAR_MS)) : null;
  }
}

async function takeDecidable(
  tx: Tx,
  { organisationId }: Viewer,
  ids: readonly (string | null)[],
): Promise<Map<string, Decidable>> {
  const rows = await tx.query<Decidable & object>(
    `SELECT id, kind, role, value, state, operator_id = $2 AS operated, consenter_id AS consenter FROM asset_claim
      WHERE id = ANY ($1) AND $2 IN (operator_id, consenter_id) ORDER BY id FOR UPDATE`,
    [ids, organisationId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function rivalsOf(tx: Tx, ids: readonly string[]): Promise<Rival[]> {
  return tx.query<Rival & object>('SELECT claim, rival, state, unclaimed, operated FROM rivals_of($1)', [ids]);
}
