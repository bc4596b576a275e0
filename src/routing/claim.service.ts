import { append, authorOf } from '../ledger/append.ts';
import { attempt, checkBulkSize, type BulkAnswer, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { AssetClaim } from './claim.entity.ts';
import { AssetClaimsDecided, AssetsClaimed } from './claim.facts.ts';
import type { AssetInput, ClaimAssetsInput, ReleaseAssetsInput } from './claim.inputs.ts';
import { claimDrafts, findStanding, insertClaims, moveClaims } from './claim.queries.ts';
import { claimStates } from './claim.states.ts';
import { assetKey, readAsset, type Asset } from './claim.ts';

const LONGEST = 300;

/** What an organisation says of its own assets. */
export class ClaimService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly options: { documentation: boolean },
  ) {}

  /** Says what is the viewer's own. Pending until somebody has seen proof; claiming again finds the same claim. */
  claim(viewer: Viewer, { idempotencyKey, ...content }: ClaimAssetsInput): Promise<BulkAnswers> {
    checkBulkSize(content.assets, 'assets');
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'claimAssets', input: content }, async () => {
        const read = content.assets.map((asset) => attempt(() => this.read(asset)));
        const assets = read.flatMap((one) => ('refused' in one ? [] : [one]));
        const made = await insertClaims(tx, viewer, assets, this.clock.now());
        const standing = await findStanding(tx, viewer, assets);
        const answers = read.map((one): BulkAnswer =>
          'refused' in one ? one : { id: standing.get(assetKey(one)) ?? '' },
        );
        const drafts = await claimDrafts(tx, AssetsClaimed, made);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }

  /** Lets claims go. What came to the desk because of them stays there. */
  release(viewer: Viewer, { idempotencyKey, ...content }: ReleaseAssetsInput): Promise<BulkAnswers> {
    checkBulkSize(content.claims, 'claims');
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'releaseAssets', input: content }, async () => {
        const asked = content.claims.map((id) => rowIdOf('AssetClaim', id));
        const own = 'WHERE t.id = ANY ($1) AND t.organisation_id = $2 ORDER BY t.id FOR UPDATE';
        const found = await tx.list(AssetClaim, own, [asked, viewer.organisationId]);
        const byId = new Map(found.map((row) => [row.id, row]));
        const answers = asked.map((id) => attempt(() => releasable(byId.get(id ?? ''))));
        const ids = [...new Set(answers.flatMap((one) => ('id' in one ? [one.id] : [])))];
        const moves = ids.map((id) => ({ id, state: 'RELEASED', until: null, decided: true }) as const);
        const rows = await moveClaims(tx, moves, this.clock.now());
        const drafts = await claimDrafts(tx, AssetClaimsDecided, rows);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }

  private read({ domainSuffix = null, kind = null, value = null, tld = null, role }: AssetInput): Asset {
    if ((domainSuffix !== null) === (kind !== null && value !== null)) {
      throw new Refusal('BAD_INPUT', 'Send either domainSuffix, or kind and value.');
    }
    const written = domainSuffix ?? value ?? '';
    if (written.length > LONGEST || !isKeepable(written)) {
      throw new Refusal('BAD_INPUT', `An asset has at most ${LONGEST} whole characters.`);
    }
    return readAsset({ kind: kind ?? 'DOMAIN_SUFFIX', role, value: written, tld }, this.options);
  }
}

function releasable(row: AssetClaim | undefined): { id: string } {
  if (!row) throw notFound();
  claimStates.after(row.state, 'release');
  return { id: row.id };
}
