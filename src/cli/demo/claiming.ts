import { randomUUID } from 'node:crypto';

import { EXIT, Failure } from '../failure.ts';
import { accepted, everyNode, type Payload } from '../payload.ts';
import { PROVIDERS, type Cast, type Party } from './cast.ts';
import { claimsFor, declare, type Claim, type Declaration, type StandingClaim } from './declaration.ts';
import type { StoryResource } from './story.ts';

const CLAIM = `mutation ($input: ClaimAssetsInput!) { claimed: claimAssets(input: $input) {
  results { claim { id state } } errors { code message path } } }`;
const VERIFY = `mutation ($input: DecideClaimsInput!) { decided: decideAssetClaims(input: $input) {
  errors { code message path } } }`;
const STANDING = `query ($after: String) { page: operatedAssetClaims(first: 1000, after: $after, filter: { kind: DOMAIN_SUFFIX, state: VERIFIED }) {
  edges { node { role value organisation decidedAt } } pageInfo { hasNextPage endCursor } } }`;

interface Claimed extends Payload {
  readonly results: readonly { readonly claim: { readonly id: string; readonly state: string } | null }[];
}

const MOST = 1000;

/** The cast claims what it holds of the report, the operator verifies it, and the fixture writes down who is to be told. */
export async function claimAndDeclare(cast: Cast, resources: readonly StoryResource[]): Promise<Declaration> {
  const claims = claimsFor(resources);
  for (const slug of PROVIDERS) {
    const pending = await claim(cast[slug], claims[slug]);
    await verify(cast.operator, pending);
  }
  const standing = await everyNode<StandingClaim>(cast.operator.api, STANDING);
  const declaration = declare(resources, standing);
  requireOwnParties(cast, declaration);
  return declaration;
}

/** The claims that wait for the operator; one that was verified in an earlier run is not claimed twice. */
async function claim({ api }: Party, claims: readonly Claim[]): Promise<string[]> {
  const pending: string[] = [];
  for (let start = 0; start < claims.length; start += MOST) {
    const input = { idempotencyKey: randomUUID(), assets: claims.slice(start, start + MOST) };
    const { results } = accepted((await api.ask<{ claimed: Claimed }>(CLAIM, { input })).claimed);
    pending.push(...results.flatMap(({ claim: made }) => (made?.state === 'PENDING' ? [made.id] : [])));
  }
  return pending;
}

async function verify({ api }: Party, pending: readonly string[]): Promise<void> {
  for (let start = 0; start < pending.length; start += MOST) {
    const input = { idempotencyKey: randomUUID(), claims: pending.slice(start, start + MOST) };
    accepted((await api.ask<{ decided: Payload }>(VERIFY, { input })).decided);
  }
}

/** On a hub that others use too, a name of the report may be somebody's for whom the demo cannot answer. */
function requireOwnParties(cast: Cast, { parties }: Declaration): void {
  const own = new Set(PROVIDERS.map((slug) => cast[slug].name));
  for (const [pair, party] of parties) {
    if (own.has(party)) continue;
    const message = `${party} claims what the report is about (${pair}), and the demo has no key of it. Run it without --url.`;
    throw new Failure('FOREIGN_CLAIM', message, EXIT.USAGE);
  }
}
