import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';

import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { Case } from '../triage/case.entity.ts';
import { ClaimKindEnum, ClaimRoleEnum } from './claim.entity.ts';
import type { ClaimKind, ClaimRole } from './claim.ts';
import type { ContactMark, PartySource } from './party-word.ts';
import { ContactMarkEnum, PartySourceEnum } from './party.type.ts';
// The events that say when to ask again: only the flow writes them, and the schema has to know them.
import './party.facts.ts';

@ObjectType({ description: 'Who can act on a case, in which role, and how the hub knows.' })
class Party {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => String)
  name!: string;

  @Field(() => PartySourceEnum)
  givenBy!: PartySource;

  @Field(() => String, {
    nullable: true,
    description: 'What it claimed, in normal form. Null where it was named by its organisation.',
  })
  claim!: string | null;

  @Field(() => ClaimKindEnum, { nullable: true })
  claimKind!: ClaimKind | null;

  @Field(() => Boolean, {
    description: 'Nobody has joined for it yet: what is forwarded to it lies there, and nobody is told.',
  })
  unclaimed!: boolean;

  @Field(() => String, { nullable: true, description: 'How you reach it, as you noted by `setContact`.' })
  contact!: string | null;

  @Field(() => ContactMarkEnum, { nullable: true })
  contactMark!: ContactMark | null;
}

@Resolver(() => Case)
export class PartyResolver {
  @FieldResolver(() => [Party], {
    description: 'As of now; `forwardCases` tells them. For the coordinator of the case.',
  })
  @Reads()
  parties(@Root() { id }: Case, @Ctx() context: RequestContext): Promise<readonly Party[]> {
    return partiesOf(context).load(id);
  }
}

const partiesOf = perRequest<string, readonly Party[]>(async (tx, ids) => {
  const rows = await tx.query<Party & { case_id: string }>(
    `SELECT case_id, role, provider_name AS name, given_by AS "givenBy", claim, claim_kind AS "claimKind", unclaimed, contact, mark AS "contactMark"
       FROM parties_of_cases($1) WHERE NOT suspended ORDER BY role`,
    [ids],
  );
  const byCase = Map.groupBy(rows, ({ case_id }) => case_id);
  return ids.map((id) => byCase.get(id) ?? []);
});
