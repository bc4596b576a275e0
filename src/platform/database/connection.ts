import pg from 'pg';

/** A connection of its own, outside every pool: for what must keep it (a lock, LISTEN) or must not wait for one. */
export async function connectPipelined(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    application_name: name,
    ...{ pipeline: true },
  });
  await client.connect();
  return client;
}
