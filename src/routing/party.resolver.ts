import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { Case } from '../triage/case.entity.ts';
import { ClaimKindEnum, ClaimRoleEnum } from './claim.entity.ts';
import type { ClaimKind, ClaimRole } from './claim.ts';
// The events that say when to ask again: only the flow writes them, and the schema has to know them.
import './party.facts.ts';

@ObjectType({ description: 'Who can act on a case, in which role, and by which verified claim the hub knows.' })
class Party {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'What it claimed, in normal form.' })
  claim!: string;

  @Field(() => ClaimKindEnum)
  claimKind!: ClaimKind;

  @Field(() => Boolean, {
    description: 'Nobody has joined for it yet: what is forwarded to it lies there, and nobody is told.',
  })
  unclaimed!: boolean;
}

@Resolver(() => Case)
export class PartyResolver {
  @FieldResolver(() => [Party], {
    description: 'As of now; `forwardCases` tells them. For the coordinator of the case.',
  })
  parties(@Root() { id }: Case, @Ctx() context: RequestContext): Promise<readonly Party[]> {
    return partiesOf(context).load(id);
  }
}

const partiesOf = perRequest<string, readonly Party[]>(async (tx, ids) => {
  const rows = await tx.query<Party & { case_id: string }>(
    'SELECT case_id, role, provider_name AS name, claim, claim_kind AS "claimKind", unclaimed FROM parties_of_cases($1) ORDER BY role',
    [ids],
  );
  const byCase = Map.groupBy(rows, ({ case_id }) => case_id);
  return ids.map((id) => byCase.get(id) ?? []);
});
