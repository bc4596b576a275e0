import { toGlobalId } from '../../platform/ids.ts';
import type { FeedEvent } from '../event-feed.ts';
import { everyNode } from '../payload.ts';
import type { Party } from './cast.ts';

/** Every id and every cursor that a party of the story has come to know. */
export interface Seen {
  readonly ids: readonly string[];
  readonly cursors: readonly string[];
}

const CLIENTS =
  'query ($after: String) { page: clients(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }';
const ORGANISATIONS = `query ($after: String) { page: organisations(first: 100, after: $after) {
  edges { node { id roles } } pageInfo { hasNextPage endCursor } } }`;

/**
 * What the events of the story list, their entries, what the answers to the vendor named, and everybody's keys; without
 * what is public.
 */
export async function idsSeen(
  operator: Party,
  parties: readonly Party[],
  events: readonly FeedEvent[],
  named: readonly string[],
): Promise<Seen> {
  const ids = new Set([...named, ...parties.map(({ id }) => id)]);
  const cursors = new Set<string>();
  for (const { cursor, entryId, subjects, details } of events) {
    cursors.add(cursor);
    ids.add(entryId);
    for (const id of subjects) ids.add(id);
    for (const { clientId } of details) if (typeof clientId === 'string') ids.add(toGlobalId('Client', clientId));
  }
  for (const { api } of parties) for (const { id } of await everyNode<{ id: string }>(api, CLIENTS)) ids.add(id);
  for (const id of await listed(operator)) ids.delete(id);
  return { ids: [...ids], cursors: [...cursors] };
}

/** CERTs can be found by everybody, so that a vendor can name one: they are no secret. */
async function listed({ api }: Party): Promise<string[]> {
  const all = await everyNode<{ id: string; roles: string[] }>(api, ORGANISATIONS);
  return all.filter(({ roles }) => roles.includes('CERT')).map(({ id }) => id);
}
