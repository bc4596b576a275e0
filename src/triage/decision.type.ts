import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Payload, Receipt, UserError, itemError } from '../platform/api/payload.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { Case } from './case.entity.ts';

/** A case to decide on; also by folders that come after. */
@InputType()
export class CaseRef {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version you decided on. Another one now: CONFLICT, with the present state.',
  })
  expectedVersion?: number | null;
}

/** What every decision on cases takes; also those of folders that come after. */
@InputType()
export abstract class DecideCasesInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [CaseRef], { description: 'At most 1,000.' })
  cases!: CaseRef[];

  @Field(() => String, {
    nullable: true,
    description:
      'Your own ticket, at most 256 characters: it is kept with these cases and travels on what is sent out.',
  })
  caseReference?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Only says what would be refused: nothing is changed, nobody hears of it, and the key stays free. `results` show each case as it is.',
  })
  dryRun!: boolean;
}

@ObjectType({ description: 'The answer to one case of a bulk decision; answers stand in the order asked.' })
class CaseResult {
  @Field(() => Case, { nullable: true })
  case?: Case | null;

  @Field(() => UserError, { nullable: true, description: 'Why this case was left as it is.' })
  error?: UserError | null;
}

@ObjectType()
export class DecideCasesPayload extends Payload {
  @Field(() => [CaseResult], { nullable: true })
  results?: CaseResult[] | null;
}

export async function decidedPayload(
  context: RequestContext,
  { answers, entryId }: BulkAnswers,
): Promise<Omit<DecideCasesPayload, 'errors'>> {
  const ids = answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
  const tx = await context.read();
  const rows = new Map((await tx.list(Case, 'WHERE t.id = ANY ($1)', [ids])).map((row) => [row.id, row]));
  const results = answers.map((answer): CaseResult => {
    if ('id' in answer) return { case: rows.get(answer.id) ?? null, error: null };
    return { case: null, error: itemError(answer) };
  });
  return { results, receipt: entryId === null ? null : new Receipt(entryId) };
}
