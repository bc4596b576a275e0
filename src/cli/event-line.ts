import type { GraphQLFormattedError } from 'graphql';

/** The line to the hub went dead, or shall count as dead. It is opened again from the last cursor. */
export class LineCut extends Error {
  override readonly name = 'LineCut';
}

/** The hub lets this key not follow the feed from there, or was never reached: trying again would not help. */
export class FeedError extends Error {
  override readonly name = 'FeedError';

  constructor(
    /** UNAUTHENTICATED, FORBIDDEN, UNREACHABLE, or the hub's code for why it refuses the subscription. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Close codes of docs/protocols/events.md after which the same key need not come back. */
const FINAL: ReadonlyMap<number, readonly [code: string, message: string]> = new Map([
  [4401, ['UNAUTHENTICATED', 'The key is unknown, expired or revoked.']],
  [4403, ['FORBIDDEN', 'The key was revoked or has expired.']],
]);

interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** Why a socket ended, where it is worth coming back. Throws what is not: a FeedError, or a fault of the program. */
export function reasonOf(error: unknown, reached: boolean): string {
  if (error instanceof LineCut) return error.message;
  if (isClosed(error)) {
    const [code, message] = FINAL.get(error.code) ?? [];
    if (code !== undefined) throw new FeedError(code, message ?? '');
    return error.reason === '' ? `the connection was lost (${error.code})` : `${error.reason} (${error.code})`;
  }
  if (error instanceof Error) throw error;
  if (Array.isArray(error)) throw refusedBy(error);
  const message = messageOf(error);
  if (!reached) throw new FeedError('UNREACHABLE', `No hub answers: ${message}`);
  return message;
}

function isClosed(error: unknown): error is Closed {
  return typeof error === 'object' && error !== null && 'code' in error && 'reason' in error;
}

/** Errors of an operation, as graphql-ws hands them on. */
export function refusedBy(errors: readonly GraphQLFormattedError[]): FeedError {
  const [first] = errors;
  const code = first?.extensions?.['code'];
  return new FeedError(typeof code === 'string' ? code : 'BAD_ANSWER', first?.message ?? 'The hub refused.');
}

function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return message === '' ? 'the connection failed' : message;
}
