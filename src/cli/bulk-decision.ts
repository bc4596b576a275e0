import { randomUUID } from 'node:crypto';

import type { ApiClient } from './api-client.ts';
import { EXIT } from './failure.ts';
import { print, table } from './output.ts';
import { accepted, type Payload, type UserError } from './payload.ts';

interface Result {
  readonly row: { readonly id: string; readonly resource: string; readonly state: string } | null;
  readonly error: UserError | null;
}

/** As many as one mutation takes. */
const MOST = 1000;

/**
 * Decides on rows, a thousand a time, and prints what became of each; exit code 1 when any was refused. The mutation
 * takes `$input`, and calls its payload `decided` and each result's object `row`.
 */
export async function decide(
  client: ApiClient,
  mutation: string,
  { ids, list, input }: { ids: readonly string[]; list: 'cases' | 'items'; input: object },
  json: boolean | undefined,
): Promise<void> {
  const results: Result[] = [];
  for (let start = 0; start < ids.length; start += MOST) {
    const refs = ids.slice(start, start + MOST).map((id) => ({ id }));
    const variables = { input: { idempotencyKey: randomUUID(), [list]: refs, ...input } };
    const { decided } = await client.ask<{ decided: Payload & { results: Result[] } }>(mutation, variables);
    results.push(...accepted(decided).results);
  }
  const rows = results.map(({ row, error }, index) => [
    ids[index] ?? '',
    row?.state ?? error?.code ?? '',
    row?.resource ?? error?.message ?? '',
  ]);
  print(json, { results }, () =>
    rows.length === 0 ? 'Nothing was there to decide on.' : table(['id', 'state', ''], rows),
  );
  if (results.some(({ error }) => error !== null)) process.exitCode = EXIT.INCOMPLETE;
}
