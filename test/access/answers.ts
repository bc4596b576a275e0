import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { Answer } from '../support/api.ts';

/**
 * What came back, in the words of rows.ts. Anything that is not one of them comes back as it is, and fits no row.
 */
export function readAnswer({ data, errors }: Pick<Answer, 'data' | 'errors'>, subject: string | null): string {
  const code = errors[0]?.extensions.code;
  if (code !== undefined) return DENIED[code] ?? code;
  const [value] = Object.values(data as Record<string, unknown>) as Value[];
  if (value == null) return 'null';
  const refusal = value.errors?.[0] ?? value.results?.[0]?.error;
  if (refusal) return refusal.code === 'NOT_FOUND' ? '404' : refusal.code;
  const rows = rowsOf(value);
  if (!rows) return subject === null ? 'own' : 'it';
  if (rows.length === 0) return 'empty';
  return subject !== null && rows.includes(subject) ? 'it' : 'own';
}

const DENIED: Readonly<Record<string, string>> = { UNAUTHENTICATED: '401', FORBIDDEN: '403' };

interface Row {
  readonly id?: string;
  readonly subjects?: readonly string[];
}

interface Value {
  readonly errors?: readonly { readonly code: string }[];
  readonly results?: readonly { readonly error?: { readonly code: string } | null }[];
  readonly edges?: readonly { readonly node: Row }[];
  readonly events?: readonly Row[];
  readonly receipts?: readonly Row[];
  readonly rows?: readonly Row[];
  readonly organisation?: Row;
}

/** The ids in a list or a page; undefined where the field gives one thing. */
function rowsOf({ edges, events, receipts, rows: flat, organisation }: Value): string[] | undefined {
  const rows = edges?.map(({ node }) => node) ?? events ?? receipts ?? flat ?? (organisation && [organisation]);
  return rows?.flatMap(({ id, subjects }) => id ?? subjects ?? []);
}

/** The first answer over a WebSocket, of a query or a subscription; a socket that is turned away is UNAUTHENTICATED. */
export async function askOverSocket(
  url: string,
  key: string | null,
  query: string,
  variables: object = {},
  /** For a subscription to which nothing may ever come: how long it is listened to. */
  withinMs?: number,
): Promise<Pick<Answer, 'data' | 'errors'>> {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
  });
  const end = withinMs === undefined ? undefined : setTimeout(() => void client.dispose(), withinMs);
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { ...variables } })) {
      return { data, errors: (errors ?? []) as unknown as Answer['errors'] };
    }
    if (withinMs !== undefined) return { data: null, errors: [] };
    throw new Error('The operation ended without an answer.');
  } catch (error) {
    return { data: null, errors: socketErrors(error) };
  } finally {
    clearTimeout(end);
    await client.dispose();
  }
}

/** graphql-ws throws the errors of an operation as a list, and a close of the socket as its event. */
function socketErrors(error: unknown): Answer['errors'] {
  if (Array.isArray(error)) return error as Answer['errors'];
  const { code, reason } = error as { code?: number; reason?: string };
  if (code === 4401) return [{ message: reason ?? '', extensions: { code: 'UNAUTHENTICATED' } }];
  throw error;
}
