import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { execute, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';

/** A server of a baseline. */
export interface BareServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * graphql-js behind `node:http`, and nothing else: the least that answers GraphQL. It keeps documents that it has
 * parsed and validated, as every server in use does.
 */
export async function serveBare(schema: GraphQLSchema, contextOf: () => BareContext): Promise<BareServer> {
  const known = new Map<string, DocumentNode>();
  const documentOf = (query: string): DocumentNode => {
    const document = known.get(query) ?? parse(query);
    if (!known.has(query)) {
      const [error] = validate(schema, document);
      if (error) throw error;
      known.set(query, document);
    }
    return document;
  };
  const answer = async (body: string): Promise<unknown> => {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    const contextValue = contextOf();
    const result = await execute({ schema, document: documentOf(query), contextValue, variableValues: variables });
    await contextValue.end?.();
    return result;
  };
  const server = createServer((request, response) => {
    readBody(request)
      .then(answer)
      .catch((error: unknown) => ({ errors: [{ message: String(error) }] }))
      .then((result) => {
        response.setHeader('content-type', 'application/json; charset=utf-8');
        response.end(JSON.stringify(result));
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One a request; `end` is awaited before it is answered. */
export interface BareContext {
  end?(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
