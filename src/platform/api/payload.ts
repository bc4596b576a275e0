import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';

import type { Refused } from '../bulk.ts';
import { REFUSAL_CODES, Refusal, type RefusalCode } from '../errors.ts';
import { toGlobalId } from '../ids.ts';
import type { RequestContext } from './context.ts';

const UserErrorCode = Object.fromEntries(REFUSAL_CODES.map((code) => [code, code]));
registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description:
    'Why the hub understood a request and did not do it. New codes may be added: treat unknown ones as final.',
});

@ObjectType({ description: 'Why a request, or one item of it, was not done. Nothing was changed by it.' })
export class UserError {
  @Field(() => UserErrorCode)
  code!: RefusalCode;

  @Field(() => String, { description: 'For a person; its wording may change.' })
  message!: string;

  @Field(() => [String], { description: 'Where in the input, e.g. `["indicators", "3", "value"]`. Empty: all of it.' })
  path!: string[];

  @Field(() => Boolean, { description: 'Sending the same request again, unchanged, may succeed.' })
  retryable!: boolean;

  @Field(() => ID, { nullable: true, description: 'With NEEDS_APPROVAL: what another member gives to `approveAct`.' })
  approval?: string | null;
}

@ObjectType({
  description:
    'What the hub accepted, as an entry of its tamper-evident ledger, and the means to prove it to anybody later: ' +
    'docs/protocols/ledger.md says how each field is checked.',
})
export class Receipt {
  constructor(readonly entry: string) {}

  @Field(() => ID, {
    description: 'The entry. It is in your feed within moments, and in `auditTrail` of what it lists.',
  })
  get entryId(): string {
    return toGlobalId('Entry', this.entry);
  }
}

@ObjectType()
export abstract class Payload {
  @Field(() => Receipt, { nullable: true, description: 'Null when nothing was changed.' })
  receipt?: Receipt | null;

  @Field(() => [UserError], { description: 'Empty when it was done.' })
  errors!: UserError[];
}

/** Runs a mutation: its look is fresh, and what it refuses is data. Everything else is a fault and stays one. */
export async function answered<Answer extends Payload>(
  context: RequestContext,
  /** Its own `errors`, where it passes on what another act has refused. */
  act: () => Promise<Omit<Answer, 'errors'> & { errors?: readonly UserError[] }>,
): Promise<Answer> {
  await context.endRead();
  try {
    return { errors: [] as UserError[], ...(await act()) } as Answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.refused(error.code);
    return { errors: [userError(error)] } as Answer;
  }
}

function userError({ code, message, inputPath, retryable, approval }: Refusal): UserError {
  return { code, message, path: [...inputPath], retryable, approval };
}

/** The error of one item of a bulk request. */
export function itemError({ refused: { code, message } }: Refused): UserError {
  return userError(new Refusal(code, message));
}
