/** Why a text was not read. The list is public: the API publishes it and senders program against it. */
export enum ObservableRefusal {
  EMPTY = 'EMPTY',
  TOO_LONG = 'TOO_LONG',
  CONTROL_CHARACTER = 'CONTROL_CHARACTER',
  INVISIBLE_CHARACTER = 'INVISIBLE_CHARACTER',
  WHITESPACE = 'WHITESPACE',
  /** The type given with the value is no word this hub knows. */
  UNKNOWN_TYPE = 'UNKNOWN_TYPE',
  /** The value was understood, but is not of the type given with it. */
  TYPE_MISMATCH = 'TYPE_MISMATCH',
  /** The value looks like nothing that has a type. */
  UNRECOGNISED = 'UNRECOGNISED',
  MALFORMED_NAME = 'MALFORMED_NAME',
  MALFORMED_URL = 'MALFORMED_URL',
  MALFORMED_ADDRESS = 'MALFORMED_ADDRESS',
  MALFORMED_EMAIL = 'MALFORMED_EMAIL',
  MALFORMED_PORT = 'MALFORMED_PORT',
  MALFORMED_HASH = 'MALFORMED_HASH',
  UNSUPPORTED_SCHEME = 'UNSUPPORTED_SCHEME',
  /** A number or an octal or hexadecimal form: readers disagree which address it is. */
  AMBIGUOUS_ADDRESS = 'AMBIGUOUS_ADDRESS',
  IPV4_MAPPED = 'IPV4_MAPPED',
  ZONED = 'ZONED',
  /** An address with a prefix length that leaves host bits set: one address, or the whole network? */
  HOST_BITS = 'HOST_BITS',
  TOO_WIDE = 'TOO_WIDE',
  /** Private, local, documentation or otherwise special: nobody on the public Internet holds it. */
  RESERVED = 'RESERVED',
  UNKNOWN_SUFFIX = 'UNKNOWN_SUFFIX',
  PUBLIC_SUFFIX = 'PUBLIC_SUFFIX',
  /** A platform's own suffix: everything its customers host. */
  SHARED_SUFFIX = 'SHARED_SUFFIX',
  /** A name on which many people have pages: only one of the pages can be meant. */
  SHARED_NAME = 'SHARED_NAME',
}

export interface Refusal {
  readonly ok: false;
  readonly code: ObservableRefusal;
  /** One or two sentences for the sender: what is wrong, and what to send instead. */
  readonly hint: string;
}

export function refuse(code: ObservableRefusal, hint: string): Refusal {
  return { ok: false, code, hint };
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === false;
}

/** The offending text as it may stand in a hint: short, well-formed and on one line, whatever was sent. */
export function quoted(text: string): string {
  const short = text.length <= 80 ? text : `${text.slice(0, 77)}...`;
  return `"${short.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD').toWellFormed()}"`;
}
