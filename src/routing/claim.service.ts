import { append, authorOf, draftsOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import { attempt, checkBulkSize, type BulkAnswer, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { notFound } from '../platform/errors.ts';
import { newIds, rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { AssetClaim } from './claim.entity.ts';
import { AssetClaimsDecided, AssetsClaimed } from './claim.facts.ts';
import type { AssetInput, ClaimAssetsInput, DecideClaimsInput } from './claim.inputs.ts';
import { claimStates } from './claim.states.ts';
import { claimedSuffix, type ClaimRole } from './claim.ts';

interface Asset {
  readonly role: ClaimRole;
  readonly value: string;
}

export class ClaimService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly options: { documentation: boolean },
  ) {}

  /** Says what is the viewer's own. Pending until the operator has seen proof; claiming again finds the same claim. */
  claim(viewer: Viewer, { idempotencyKey, ...content }: ClaimAssetsInput): Promise<BulkAnswers> {
    checkBulkSize(content.assets, 'assets');
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'claimAssets', input: content }, async () => {
        const read = content.assets.map((asset) => attempt(() => this.read(asset)));
        const assets = read.flatMap((one) => ('refused' in one ? [] : [one]));
        const made = await insertClaims(tx, viewer, assets, this.clock.now());
        const standing = await findStanding(tx, viewer, assets);
        const answers = read.map((one): BulkAnswer =>
          'refused' in one ? one : { id: standing.get(keyOf(one)) ?? '' },
        );
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), [draft(AssetsClaimed, made)]);
        return { answers, entryId };
      }),
    );
  }

  /** The operator's word on pending claims of the organisations that it registered. */
  decide(viewer: Viewer, { idempotencyKey, ...content }: DecideClaimsInput): Promise<BulkAnswers> {
    checkBulkSize(content.claims, 'claims');
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'decideAssetClaims', input: content }, async () => {
        const asked = content.claims.map((id) => rowIdOf('AssetClaim', id));
        const found = await tx.list(
          AssetClaim,
          'WHERE t.id = ANY ($1) AND t.operator_id = $2 ORDER BY t.id FOR UPDATE',
          [asked, viewer.organisationId],
        );
        const byId = new Map(found.map((row) => [row.id, row]));
        const answers = asked.map((id) => attempt(() => decidable(byId.get(id ?? ''), content.verified)));
        const rows = await tx.query<{ id: string; role: string; value: string; state: string }>(
          `UPDATE asset_claim SET state = $2, decided_at = $3, version = version + 1 WHERE id = ANY ($1) RETURNING id, role, value, state`,
          [
            answers.flatMap((one) => ('id' in one ? [one.id] : [])),
            content.verified ? 'VERIFIED' : 'REFUSED',
            this.clock.now(),
          ],
        );
        const drafts = await draftsOf(tx, AssetClaimsDecided, rows);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }

  private read({ domainSuffix, role }: AssetInput): Asset {
    return { role, value: claimedSuffix(domainSuffix, role, this.options) };
  }
}

function decidable(row: AssetClaim | undefined, verified: boolean): { id: string } {
  if (!row) throw notFound();
  claimStates.after(row.state, verified ? 'verify' : 'refuse');
  return { id: row.id };
}

const keyOf = ({ role, value }: Asset): string => `${role} ${value}`;

function insertClaims(tx: Tx, viewer: Viewer, assets: readonly Asset[], at: Date): Promise<(Asset & { id: string })[]> {
  return tx.query<Asset & { id: string }>(
    `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at)
     SELECT a.id, $1, $2, (SELECT operator_id FROM organisation WHERE id = $1), 'DOMAIN_SUFFIX', a.role, a.value, 'PENDING', $3
       FROM unnest($4::uuid[], $5::text[], $6::text[]) AS a(id, role, value)
     ON CONFLICT (organisation_id, kind, role, value) WHERE state IN ('PENDING', 'VERIFIED') DO NOTHING RETURNING id, role, value`,
    [
      viewer.organisationId,
      viewer.organisationName,
      at,
      newIds(assets.length),
      assets.map(({ role }) => role),
      assets.map(({ value }) => value),
    ],
  );
}

async function findStanding(tx: Tx, viewer: Viewer, assets: readonly Asset[]): Promise<Map<string, string>> {
  const rows = await tx.query<Asset & { id: string }>(
    `SELECT c.id, c.role, c.value FROM asset_claim c JOIN unnest($2::text[], $3::text[]) AS a(role, value) USING (role, value)
      WHERE c.organisation_id = $1 AND c.kind = 'DOMAIN_SUFFIX' AND c.state IN ('PENDING', 'VERIFIED')`,
    [viewer.organisationId, assets.map(({ role }) => role), assets.map(({ value }) => value)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.id]));
}
