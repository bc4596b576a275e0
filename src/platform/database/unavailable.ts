/**
 * SQLSTATEs of a PostgreSQL that cannot serve for now (its manual, appendix A): connection lost (08), no disk, memory or
 * connections left (53), shutting down, crashed or starting (57P01 to 57P03).
 */
const STATES = /^(?:08|53)\w{3}$|^57P0[1-3]$/;
/** What the operating system says of a connection that cannot be made, or was cut. */
const NETWORK: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
/** What the driver says in words alone. */
const WORDS =
  /^(?:Connection terminated|timeout (?:exceeded when trying to connect|expired)|Client (?:has encountered|was closed))/;

/** Whether an error says that the database cannot serve now: what was asked of it is not at fault, and may be again. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError, syscall } = error as { code?: unknown; driverError?: unknown; syscall?: unknown };
  if (driverError !== undefined && driverError !== error) return isUnavailable(driverError);
  if (code === undefined) return WORDS.test(error.message);
  return (
    NETWORK.has(code) || (typeof code === 'string' && STATES.test(code)) || (code === 'ENOENT' && syscall === 'connect')
  );
}
