import {
  astFromValue,
  defaultFieldResolver,
  getNullableType,
  isInputObjectType,
  parseValue,
  print,
  valueFromAST,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';

import type { RequestContext } from './context.ts';
import { assertMay, policyOf } from './policy.ts';

/** A mutation as it was asked for: its name, and its input as a GraphQL literal, the same text for the same input. */
export interface Act {
  readonly verb: string;
  readonly input: string;
}

/** Lets an act be done, or throws why not. A dry run does nothing and is not asked about. */
export type Gate = (context: RequestContext, act: Act, run: () => unknown) => unknown;

interface Guarded {
  readonly type: GraphQLInputType;
  readonly resolve: NonNullable<GraphQLField<unknown, RequestContext>['resolve']>;
}

const KEY = 'act';

/** Puts these mutations behind a gate, in the one place through which every door reaches them. */
export function guardActs(schema: GraphQLSchema, verbs: readonly string[], gate: Gate): GraphQLSchema {
  const fields = schema.getMutationType()?.getFields() ?? {};
  for (const verb of verbs) {
    const field = fields[verb];
    const type = field?.args.find(({ name }) => name === 'input')?.type;
    const input = type && getNullableType(type);
    if (!field || !type || !isInputObjectType(input) || !('idempotencyKey' in input.getFields())) {
      throw new Error(`${verb} is no mutation whose input has an idempotency key: done twice, it could do two things.`);
    }
    const resolve = field.resolve ?? defaultFieldResolver;
    field.extensions = { ...field.extensions, [KEY]: { type, resolve } satisfies Guarded };
    field.resolve = (source, args: Record<string, unknown>, context: RequestContext, info) => {
      const run = () => resolve(source, args, context, info);
      const asked = args['input'] as { readonly dryRun?: boolean };
      return asked.dryRun === true ? run() : gate(context, { verb, input: literal(asked, type) }, run);
    };
  }
  return schema;
}

/** Throws unless every mutation is either behind the gate or named here, with the reason why it need not be. */
export function assertWeighed(
  schema: GraphQLSchema,
  others: Readonly<Record<string, readonly string[]>>,
): GraphQLSchema {
  const fields = schema.getMutationType()?.getFields() ?? {};
  const named = Object.values(others).flat();
  for (const verb of new Set([...Object.keys(fields), ...named])) {
    const [guarded, free] = [fields[verb]?.extensions[KEY] !== undefined, named.filter((name) => name === verb).length];
    if (!fields[verb] || Number(guarded) + free !== 1)
      throw new Error(`${verb} is to be one of the acts that a second person may have to approve, or of those of one.`);
  }
  return schema;
}

/** FORBIDDEN unless the viewer may ask for this act herself; else the permissions of which one is needed for it. */
export function permissionsFor({ schema }: GraphQLResolveInfo, verb: string, { viewer }: RequestContext) {
  const field: GraphQLField<unknown, RequestContext> | undefined = schema.getMutationType()?.getFields()[verb];
  const policy = field && policyOf(field);
  if (!policy) throw new Error(`There is no act ${verb}.`);
  assertMay(viewer, policy, `Mutation.${verb}`);
  return 'may' in policy ? policy.may : [];
}

/** Does an act past the gate, in the name of the viewer, exactly as it was asked for. */
export function runAct({ verb, input }: Act, context: RequestContext, info: GraphQLResolveInfo): unknown {
  const field = info.schema.getMutationType()?.getFields()[verb];
  const { type, resolve } = field?.extensions[KEY] as Guarded;
  const value: unknown = valueFromAST(parseValue(input), type);
  if (value === undefined) throw new Error(`What was kept of ${verb} does not fit the schema any more.`);
  return resolve(undefined, { input: value }, context, info);
}

function literal(input: unknown, type: GraphQLInputType): string {
  const ast = astFromValue(input, type);
  if (!ast) throw new Error('An input has no literal.');
  return print(ast);
}
