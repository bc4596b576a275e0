import DataLoader from 'dataloader';

import type { Tx } from '../database/tx.ts';
import { loadersOf, type RequestContext } from './context.ts';

/** One query for all who ask in the same tick, however many rows they stand on. The answers come in the keys' order. */
export function perRequest<Key, Value>(
  batch: (tx: Tx, keys: readonly Key[]) => Promise<readonly Value[]>,
): (context: RequestContext) => DataLoader<Key, Value> {
  return (context) => {
    const loaders = loadersOf.get(context) ?? new Map<object, unknown>();
    loadersOf.set(context, loaders);
    const known = loaders.get(batch) as DataLoader<Key, Value> | undefined;
    if (known) return known;
    const loader = new DataLoader<Key, Value>(async (keys) => batch(await context.read(), keys));
    loaders.set(batch, loader);
    return loader;
  };
}

/** The rows found, in the order of the ids asked for; null where nothing visible was found. */
export function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): (Row | null)[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
