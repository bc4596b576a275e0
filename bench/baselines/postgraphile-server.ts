import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

import type { BareServer } from './bare-server.ts';

export interface Peer {
  /** Of the login as which it asks. */
  readonly connectionString: string;
  /** The schema of the database that it makes one of GraphQL of. */
  readonly schema: string;
  /** Set in each transaction, as for row-level security. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Connections for requests, as many as a hub has. */
const POOL = 10;
const LONGEST_REQUEST = 8 * 1024 * 1024;

/** PostGraphile 5 as its documentation sets it up, behind `node:http`, without its page for browsers. */
export async function servePostgraphile({ connectionString, schema, settings }: Peer): Promise<BareServer> {
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ connectionString, schemas: [schema], poolConfig: { max: POOL } })],
    grafast: { context: () => ({ pgSettings: settings }), explain: false },
    grafserv: { graphiql: false, maxRequestLength: LONGEST_REQUEST },
  });
  const served = instance.createServ(grafserv);
  const server = createServer();
  await served.addTo(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await instance.release();
    },
  };
}
