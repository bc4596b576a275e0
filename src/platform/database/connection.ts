import pg from 'pg';

const CONNECT_WITHIN_MS = 10_000;
const FIRST_KEEPALIVE_MS = 5_000;

/**
 * So that the server, too, finds within half a minute that a node is gone, its power or its network with it: until
 * then the lock of a leader that is no more would keep every other from leading. (The system's default is two hours.)
 */
const KEEPALIVE = 'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

/** A connection of its own, outside every pool: for what must keep it (a lock, LISTEN) or must not wait for one. */
export async function connectPipelined(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    keepAliveInitialDelayMillis: FIRST_KEEPALIVE_MS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: name,
    ...{ pipeline: true },
  });
  // Until the caller listens, or for good if it never does: an error without a listener ends the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(KEEPALIVE);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
