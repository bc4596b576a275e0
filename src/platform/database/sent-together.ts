import type { Writable } from 'node:stream';

import type pg from 'pg';

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
  stream.cork();
  process.nextTick(() => stream.uncork());
  return client.query<Row>(statement);
}
