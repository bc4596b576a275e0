import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, UserError, answered, itemError } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { AssetClaim, ClaimStateEnum } from './claim.entity.ts';
import { ClaimAssetsInput, ClaimFilter, DecideClaimsInput, ReleaseAssetsInput } from './claim.inputs.ts';
import type { ClaimService } from './claim.service.ts';
import type { ClaimState } from './claim.states.ts';
import type { ClaimDecisionService } from './decision.service.ts';

@ObjectType({ description: 'The answer to one claim of a bulk request; answers stand in the order asked.' })
class AssetClaimResult {
  @Field(() => AssetClaim, { nullable: true })
  claim?: AssetClaim | null;

  @Field(() => UserError, { nullable: true })
  error?: UserError | null;
}

@ObjectType()
class AssetClaimsPayload extends Payload {
  @Field(() => [AssetClaimResult], { nullable: true })
  results?: AssetClaimResult[] | null;
}

const AssetClaimConnection = connectionOf(AssetClaim, 'AssetClaim');

@Resolver(() => AssetClaim)
export class ClaimResolver {
  constructor(
    private readonly service: ClaimService,
    private readonly decisions: ClaimDecisionService,
  ) {}

  @Query(() => AssetClaim, {
    nullable: true,
    description: 'A claim of yours, of an organisation that you registered, or on an asset of yours.',
  })
  @May('claims:manage', 'hub:operate')
  async assetClaim(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<Asked<AssetClaim> | null> {
    const tx = await context.read();
    const [row] = await tx.listAsked(AssetClaim, [], 'WHERE t.id = $1', [rowIdOf('AssetClaim', id)]);
    return row ?? null;
  }

  @Query(() => AssetClaimConnection, {
    description: 'The claims of your organisation, oldest first; `first` at most 1,000.',
  })
  @May('claims:manage')
  assetClaims(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => ClaimFilter, { nullable: true }) filter: ClaimFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<AssetClaim>>> {
    return claimPage(context, 'organisation_id', filter ?? {}, first, after);
  }

  @Query(() => AssetClaimConnection, {
    description: 'Who asks to be the contact for assets of yours, or is; oldest first; `first` at most 1,000.',
  })
  @May('claims:manage')
  contactClaims(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => ClaimFilter, { nullable: true }) filter: ClaimFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<AssetClaim>>> {
    return claimPage(context, 'consenter_id', filter ?? {}, first, after);
  }

  @Query(() => AssetClaimConnection, {
    description: 'Claims of the organisations that you registered, oldest first; `first` at most 1,000.',
  })
  @May('hub:operate')
  operatedAssetClaims(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('state', () => ClaimStateEnum, { nullable: true, description: 'Short for `filter: { state }`.' })
    state: ClaimState | null,
    @Arg('filter', () => ClaimFilter, { nullable: true }) filter: ClaimFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<AssetClaim>>> {
    return claimPage(context, 'operator_id', { ...filter, state: filter?.state ?? state }, first, after);
  }

  @Mutation(() => AssetClaimsPayload, {
    description:
      'Says what is yours. It routes once the operator has verified it; a contact, once the holder of the asset consents.',
  })
  @May('claims:manage')
  claimAssets(
    @Arg('input', () => ClaimAssetsInput) input: ClaimAssetsInput,
    @Ctx() context: RequestContext,
  ): Promise<AssetClaimsPayload> {
    return answered(context, async () => claimsPayload(context, await this.service.claim(context.viewer, input)));
  }

  @Mutation(() => AssetClaimsPayload, {
    description:
      'Decides on claims of organisations that you registered, and on who may be the contact for assets of yours.',
  })
  @May('hub:operate', 'claims:manage')
  decideAssetClaims(
    @Arg('input', () => DecideClaimsInput) input: DecideClaimsInput,
    @Ctx() context: RequestContext,
  ): Promise<AssetClaimsPayload> {
    return answered(context, async () => claimsPayload(context, await this.decisions.decide(context.viewer, input)));
  }

  @Mutation(() => AssetClaimsPayload, { description: 'Lets claims of yours go: nothing new comes because of them.' })
  @May('claims:manage')
  releaseAssets(
    @Arg('input', () => ReleaseAssetsInput) input: ReleaseAssetsInput,
    @Ctx() context: RequestContext,
  ): Promise<AssetClaimsPayload> {
    return answered(context, async () => claimsPayload(context, await this.service.release(context.viewer, input)));
  }
}

async function claimPage(
  context: RequestContext,
  reader: 'organisation_id' | 'operator_id' | 'consenter_id',
  { state, kind, role }: ClaimFilter,
  first: number,
  after: string | null,
): Promise<Connection<Asked<AssetClaim>>> {
  const size = pageSize(first, 1000);
  const asked = Object.entries({ state, kind, role }).filter(([, value]) => value != null);
  const more = asked.map(([column], index) => `AND t.${column} = $${index + 4}`).join(' ');
  const tx = await context.read();
  const rows = await tx.listAsked(
    AssetClaim,
    [],
    `WHERE t.${reader} = $1 AND t.id > $2 ${more} ORDER BY t.id LIMIT $3`,
    [context.viewer.organisationId, idAfter(after), size + 1, ...asked.map(([, value]) => value)],
  );
  return pageOf(rows, size, ({ id }) => [id]);
}

async function claimsPayload(
  context: RequestContext,
  { answers, entryId }: BulkAnswers,
): Promise<Omit<AssetClaimsPayload, 'errors'>> {
  const ids = answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
  const tx = await context.read();
  const rows = new Map((await tx.list(AssetClaim, 'WHERE t.id = ANY ($1)', [ids])).map((row) => [row.id, row]));
  const results = answers.map((answer): AssetClaimResult => {
    if ('id' in answer) return { claim: rows.get(answer.id) ?? null, error: null };
    return { claim: null, error: itemError(answer) };
  });
  return { results, receipt: entryId === null ? null : new Receipt(entryId) };
}
