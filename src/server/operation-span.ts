import {
  getOperationAST,
  Kind,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

import { tellRefusal } from '../platform/counters.ts';
import { areSpansRecorded, inSpan, type Incoming, type Span } from '../platform/spans.ts';
import { codeOf } from './format-error.ts';
import type { ResultStream } from './graphql-socket.ts';

/** Both of a document that was validated. */
interface Operation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** An operation over HTTP, as part of its request. Null: what was asked is none, and whoever runs it says so. */
export const inOperation = <Result>(asked: Operation | null, run: () => Promise<Result>): Promise<Result> =>
  asked && areSpansRecorded() ? told(asked, run) : run();

/** An operation over a socket; of a subscription its beginning. Its errors are put into words only later. */
export function inSocketOperation<Result extends ResultStream | ExecutionResult>(
  { document, operationName }: ExecutionArgs,
  run: () => Promise<Result>,
): Promise<Result> {
  const operation = areSpansRecorded() && getOperationAST(document, operationName);
  if (!operation) return run();
  return told({ document, operation }, async (span) => tellError(span, await run()), { traceparent: null });
}

/** By fields of the schema: the name that it has, and its aliases, are its client's own words. */
function told<Result>(
  { document, operation }: Operation,
  run: (span: Span) => Promise<Result>,
  incoming?: Incoming,
): Promise<Result> {
  const kind = operation.operation;
  const fields = [...new Set(fieldsOf(operation.selectionSet, document))].sort();
  const [only = '', ...others] = fields;
  const name = others.length === 0 ? `${kind} ${only}` : kind;
  return inSpan(name, { 'graphql.operation.type': kind, 'tocsin.fields': fields }, run, incoming);
}

const fieldsOf = ({ selections }: SelectionSetNode, document: DocumentNode): string[] =>
  selections.flatMap((each) => {
    if (each.kind === Kind.FIELD) return [each.name.value];
    if (each.kind === Kind.INLINE_FRAGMENT) return fieldsOf(each.selectionSet, document);
    const fragment = document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === each.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? fieldsOf(fragment.selectionSet, document) : [];
  });

function tellError<Result extends ResultStream | ExecutionResult>(span: Span, result: Result): Result {
  const [error] = 'errors' in result ? (result.errors ?? []) : [];
  if (error) tellRefusal(span, codeOf(error));
  return result;
}
