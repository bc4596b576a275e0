import { randomUUID } from 'node:crypto';

import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';

import { LookLost } from '../platform/database/replica/replica-look.ts';
import { isUnavailable } from '../platform/database/unavailable.ts';
import { Denial, outOfTime, Refusal } from '../platform/errors.ts';
import type { Counters } from '../platform/counters.ts';
import type { Log } from '../platform/log.ts';
import { currentRequest } from '../platform/request-id.ts';

/** Who hears that a request was not done. */
export interface Hearing {
  readonly log: Log;
  readonly counters: Counters;
}

/** Codes for a request that could not be run as written: ours, graphql-js's and Apollo's. */
const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'OPERATION_TOO_LARGE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'DOCUMENT_UNKNOWN',
  'DOCUMENT_NOT_TRUSTED',
]);

/** graphql-js helps with names of the schema; so does the schema, and a hub that hides it must not tell them here. */
const SUGGESTION = / ?Did you mean .+\?$/s;

/**
 * The one place where an error goes out. What the caller can mend keeps its words and a code of a closed list; every
 * other error becomes a reference to a line of the log, so that nothing of ours or of another tenant's is in it.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, hearing: Hearing): GraphQLFormattedError {
  const cause = unwrapped(error);
  // Told to nobody: it is asked again, on the primary.
  if (cause instanceof LookLost) return { message: cause.message };
  const known = caused(formatted, cause);
  if (!known) return { ...maskError(cause, hearing), ...placeOf(formatted) };
  hearing.counters.refused(known.extensions.code);
  return { ...known, ...placeOf(formatted) };
}

const placeOf = ({ locations, path }: GraphQLFormattedError) => ({
  ...(locations && { locations }),
  ...(path && { path }),
});

/** What the caller can mend, or wait for; null for a fault. */
function caused({ message, extensions }: GraphQLFormattedError, cause: unknown): ReturnType<typeof said> | null {
  if (cause instanceof Denial || cause instanceof Refusal)
    return said(cause.code, cause.message, cause instanceof Denial ? cause.retryAfter : null);
  if (ranOutOfTime(cause)) return said('TIMEOUT', outOfTime().message);
  const code = requestCode(extensions?.['code'], cause);
  return code === null ? null : said(code, message.replace(SUGGESTION, ''));
}

/** What PostgreSQL says when a statement is stopped at the end of its request's time (query_canceled). */
const QUERY_CANCELED = '57014';

function ranOutOfTime(cause: unknown): boolean {
  const { code, driverError } = (cause ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  return (driverError?.code ?? code) === QUERY_CANCELED;
}

const said = (code: string, message: string, retryAfter: number | null = null) => ({
  message,
  extensions: { code, ...(retryAfter !== null && { retryAfter }) },
});

/** The answer to a request that is turned away as a whole, outside of GraphQL. */
export const refusal = (code: string, message: string, retryAfter: number | null = null) => ({
  errors: [said(code, message, retryAfter)],
});

const UNAVAILABLE =
  'The hub’s database cannot serve this now. Send it again in a while, a change with the same idempotency key.';
const UNAVAILABLE_FOR_S = 5;

interface Masked {
  readonly message: string;
  readonly extensions: {
    readonly code: 'INTERNAL_SERVER_ERROR' | 'SERVICE_OVERLOADED';
    readonly reference: string;
    readonly retryAfter?: number;
  };
}

/** For an error that is not the caller's: a reference, which is the request's id where there is one, under which the log says the rest, and whether to come again. */
export function maskError(error: unknown, { log, counters }: Hearing): Masked {
  const reference = currentRequest() ?? randomUUID();
  log.error(
    { reference, error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    'a request failed',
  );
  counters.refused(codeOfFault(error));
  if (isUnavailable(error)) {
    const extensions = { code: 'SERVICE_OVERLOADED', reference, retryAfter: UNAVAILABLE_FOR_S } as const;
    return { message: `${UNAVAILABLE} Reference: ${reference}`, extensions };
  }
  return {
    message: `Internal error. Reference: ${reference}`,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  };
}

const codeOfFault = (error: unknown): string => (isUnavailable(error) ? 'SERVICE_OVERLOADED' : 'INTERNAL_SERVER_ERROR');

/** The code under which an error will go out. */
export function codeOf(error: GraphQLError): string {
  const cause = unwrapped(error);
  return caused(error.toJSON(), cause)?.extensions.code ?? codeOfFault(cause);
}

/** Whether what failed is the hub's own fault, and may work in a moment. */
export function isFault(error: unknown): boolean {
  const cause = unwrapped(error);
  if (cause instanceof Denial || cause instanceof Refusal || ranOutOfTime(cause)) return false;
  return requestCode(error instanceof GraphQLError ? error.extensions['code'] : undefined, cause) === null;
}

/** Apollo unwraps what resolvers threw; what was turned away before they ran is one of ours inside all the same. */
function unwrapped(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.originalError instanceof Denial ? error.originalError : unwrapResolverError(error);
}

/** Null: not the caller's to mend. */
function requestCode(code: unknown, cause: unknown): string | null {
  if (typeof code === 'string' && REQUEST_CODES.has(code)) return code;
  if (!(cause instanceof GraphQLError)) return null;
  // Before anything ran, only the request can be wrong. Later graphql-js points at the argument that it could not
  // take; where it points at a field, a value of ours did not fit the schema.
  if (cause.path === undefined) return code === undefined ? 'GRAPHQL_VALIDATION_FAILED' : null;
  return cause.nodes?.[0]?.kind === Kind.FIELD ? null : 'BAD_USER_INPUT';
}
