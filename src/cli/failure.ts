/** What a command's exit code means; the same for every command. `tocsin --help` prints it. */
export const EXIT = {
  OK: 0,
  /** The hub refused it, or something of it; or somebody stays untold; or a proof is false. */
  INCOMPLETE: 1,
  /** The command line, the environment or a file is not right. */
  USAGE: 2,
  /** No hub answers. */
  UNREACHABLE: 3,
  /** No key, a bad key, or a key that may not do this. */
  NOT_ALLOWED: 4,
  /** The hub, or the database, failed. */
  FAILED: 5,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: `message` goes to stderr as one line (with --json as JSON), and the process exits with `exit`. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: string,
    message: string,
    readonly exit: Exit,
  ) {
    super(message);
  }
}
