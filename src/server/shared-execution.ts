import {
  createSourceEventStream,
  execute,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';

import type { RequestContext } from '../platform/api/context.ts';
import type { ResultStream } from './graphql-socket.ts';

/** Results that were made of a page, by what was asked of it; gone with the page. */
const resultsOf = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

/**
 * What `subscribe` of graphql-js does, except that sockets of a cohort, which are given the same page, share what is made
 * of it when they ask the same of it and may do the same.
 */
export async function subscribeTogether(args: ExecutionArgs): Promise<ResultStream | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const asked = whatIsAsked(args);
  const pages = source[Symbol.asyncIterator]() as AsyncGenerator<object, void, void>;
  const stream = {
    next: async () => {
      const { done, value } = await pages.next();
      if (done || value === undefined) return { done: true, value: undefined } as const;
      return { done: false, value: await resultOf(value, asked, args) } as const;
    },
    return: async () => {
      await pages.return();
      return { done: true, value: undefined } as const;
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream as unknown as ResultStream;
}

function resultOf(page: object, asked: string, args: ExecutionArgs): Promise<ExecutionResult> {
  const results = resultsOf.get(page) ?? new Map<string, Promise<ExecutionResult>>();
  resultsOf.set(page, results);
  const known = results.get(asked);
  if (known) return known;
  const result = run(page, args);
  results.set(asked, result);
  return result;
}

/** In the name of whoever comes first; what it looks at ends with it, whoever of them is still there to be answered. */
function run(page: object, args: ExecutionArgs): Promise<ExecutionResult> {
  const context = args.contextValue as RequestContext;
  return context.looking.twice(async () => {
    try {
      return await execute({ ...args, rootValue: page });
    } finally {
      await context.endRead();
    }
  });
}

/** Equal for operations that make the same of a page: the cursor has brought them to it, and says nothing more. */
function whatIsAsked({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { viewer } = contextValue as RequestContext;
  const cursors = cursorVariables(schema, document);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => !cursors.has(name));
  const who = [viewer.organisationId, viewer.memberId, [...viewer.roles], [...viewer.permissions].sort()];
  return JSON.stringify([numberOf(document), operationName ?? null, variables, who]);
}

/** Names of variables that are nothing but the place from which a subscription starts. */
function cursorVariables(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const types = new TypeInfo(schema);
  const [cursors, others] = [new Set<string>(), new Set<string>()];
  visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition: () => false,
      Argument: ({ name, value }) => {
        const ofRoot = types.getParentType() === schema.getSubscriptionType() && !types.getDirective();
        if (!ofRoot || name.value !== 'after' || value.kind !== Kind.VARIABLE) return undefined;
        cursors.add(value.name.value);
        return false;
      },
      Variable: ({ name }) => void others.add(name.value),
    }),
  );
  return new Set([...cursors].filter((name) => !others.has(name)));
}

const numbers = new WeakMap<DocumentNode, number>();
let last = 0;

/** The documents that are known are kept, and so the same text is the same document. */
function numberOf(document: DocumentNode): number {
  const number = numbers.get(document) ?? (last += 1);
  numbers.set(document, number);
  return number;
}
