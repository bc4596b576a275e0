import { randomUUID } from 'node:crypto';

import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

import { Denial, Refusal } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';

/** Codes of graphql-js and Apollo for a request that could not be run as written. */
const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
]);

/**
 * The one place where an error goes out. What the caller can mend keeps its words and a code of a closed list; every
 * other error becomes a reference to a line of the log, so that nothing of ours or of another tenant's is in it.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  const cause = error instanceof GraphQLError ? unwrapResolverError(error) : error;
  const { message, locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (cause instanceof Denial || cause instanceof Refusal) {
    return { message: cause.message, ...place, extensions: { code: cause.code } };
  }
  const code =
    formatted.extensions?.['code'] ?? (cause instanceof GraphQLError ? 'GRAPHQL_VALIDATION_FAILED' : undefined);
  if (REQUEST_CODES.has(code)) return { message, ...place, extensions: { code } };
  const reference = randomUUID();
  log.error(
    { reference, error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) },
    'a request failed',
  );
  return {
    message: `Internal error. Reference: ${reference}`,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  };
}
