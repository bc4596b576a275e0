/** The published list of codes in `UserError.code`. A new one is a reviewed change of the API. */
export const REFUSAL_CODES = [
  'BAD_CURSOR',
  'BAD_INPUT',
  'CONFLICT',
  'EXTERNAL_ID_MISMATCH',
  'FORBIDDEN',
  'FORBIDDEN_BASIS',
  'IDEMPOTENCY_MISMATCH',
  'IN_PROGRESS',
  'NEEDS_APPROVAL',
  'NEEDS_CONSENT',
  'NEEDS_SECOND_FACTOR',
  'NO_COORDINATOR',
  'NO_PARTY',
  'NOT_FOUND',
  'PUBLIC_SUFFIX',
  'TOO_MANY',
  'WRONG_STATE',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Codes worth sending again unchanged: the obstacle goes away by itself. */
const RETRYABLE: ReadonlySet<RefusalCode> = new Set(['IN_PROGRESS']);

/**
 * The hub understood the request and will not do it: the caller's to handle, so it travels as data (`errors` of a
 * payload, or an item's own answer). Nothing has changed when it is thrown (but that, with
 * NEEDS_APPROVAL, it waits for a second person).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Where in the input. Not called `path`: graphql-js takes an error with a path for one it has placed already. */
    readonly inputPath: readonly string[] = [],
    /** Global id of what a second person approves. */
    readonly approval: string | null = null,
  ) {
    super(message);
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** "Not there" and "not yours" are one answer, in code and in words: no caller learns that a foreign row exists. */
export function notFound(path: readonly string[] = []): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such object, or it is not yours.', path);
}

/** Why a request as a whole was turned away before any of it ran; `extensions.code` of a top-level GraphQL error. */
export type DenialCode =
  'UNAUTHENTICATED' | 'FORBIDDEN' | 'SERVICE_OVERLOADED' | 'OPERATION_TOO_LARGE' | 'RATE_LIMITED' | 'TIMEOUT';

export class Denial extends Error {
  override readonly name = 'Denial';

  constructor(
    readonly code: DenialCode,
    message: string,
    /** Seconds after which it is worth asking again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** The request has had its time. */
export function outOfTime(): Denial {
  return new Denial('TIMEOUT', 'This took longer than a request may; nothing was changed. Ask for less at once.');
}
