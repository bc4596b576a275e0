import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, UserError, answered, itemError } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { rowIdOf } from '../platform/ids.ts';
import { AssetClaim, ClaimStateEnum } from './claim.entity.ts';
import { ClaimAssetsInput, DecideClaimsInput } from './claim.inputs.ts';
import type { ClaimService } from './claim.service.ts';
import type { ClaimState } from './claim.states.ts';

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
  constructor(private readonly service: ClaimService) {}

  @Query(() => AssetClaim, {
    nullable: true,
    description: 'A claim of yours, or of an organisation that you registered.',
  })
  @May('claims:manage', 'hub:operate')
  async assetClaim(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<AssetClaim | null> {
    const tx = await context.read();
    const [row] = await tx.list(AssetClaim, 'WHERE t.id = $1', [rowIdOf('AssetClaim', id)]);
    return row ?? null;
  }

  @Query(() => AssetClaimConnection, { description: 'The claims of your organisation, oldest first.' })
  @May('claims:manage')
  assetClaims(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<AssetClaim>> {
    return claimPage(context, 'organisation_id', null, first, after);
  }

  @Query(() => AssetClaimConnection, { description: 'Claims of the organisations that you registered, oldest first.' })
  @May('hub:operate')
  operatedAssetClaims(
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('state', () => ClaimStateEnum, { nullable: true }) state: ClaimState | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<AssetClaim>> {
    return claimPage(context, 'operator_id', state ?? null, first, after);
  }

  @Mutation(() => AssetClaimsPayload, {
    description: 'Says what is yours. It routes once the operator has verified it.',
  })
  @May('claims:manage')
  claimAssets(
    @Arg('input', () => ClaimAssetsInput) input: ClaimAssetsInput,
    @Ctx() context: RequestContext,
  ): Promise<AssetClaimsPayload> {
    return answered(context, async () => claimsPayload(context, await this.service.claim(context.viewer, input)));
  }

  @Mutation(() => AssetClaimsPayload, { description: 'Verifies or refuses pending claims.' })
  @May('hub:operate')
  decideAssetClaims(
    @Arg('input', () => DecideClaimsInput) input: DecideClaimsInput,
    @Ctx() context: RequestContext,
  ): Promise<AssetClaimsPayload> {
    return answered(context, async () => claimsPayload(context, await this.service.decide(context.viewer, input)));
  }
}

async function claimPage(
  context: RequestContext,
  reader: 'organisation_id' | 'operator_id',
  state: ClaimState | null,
  first: number,
  after: string | null,
): Promise<Connection<AssetClaim>> {
  const size = pageSize(first, 1000);
  const tx = await context.read();
  const rows = await tx.list(
    AssetClaim,
    `WHERE t.${reader} = $1 AND t.id > $2 ${state === null ? '' : 'AND t.state = $4'} ORDER BY t.id LIMIT $3`,
    [context.viewer.organisationId, idAfter(after), size + 1, ...(state === null ? [] : [state])],
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
