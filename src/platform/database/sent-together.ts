import type { Writable } from 'node:stream';

import type pg from 'pg';

/** From so many bytes on it does not wait for company: the server reads while the next is still being made. */
const LONG = 64 * 1024;

/**
 * Sends a statement. Whatever is sent before the program next waits for something leaves in one write: on its own each
 * statement would be a system call, and on a network a packet.
 */
export function sentTogether<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  statement: string | pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  // pg has its socket there, and does not say so in its types.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  const answer = client.query<Row>(statement);
  if (stream.writableLength > LONG) {
    stream.uncork();
    stream.cork();
  }
  return answer;
}
