import { z } from 'zod';

import { append, theHub } from '../../src/ledger/append.ts';
import { draft, type Fact } from '../../src/ledger/fact.ts';
import type { Work } from '../../src/platform/database/work.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import type { Asker, Place } from './place.ts';

/** Says what the hub's own entry of this kind says. */
const Said: Fact = {
  kind: 'CLIENT_CREATED',
  subject: 'organisation',
  row: z.object({ id: z.string(), clientId: z.string(), name: z.string() }),
  summary: () => '',
};
const MOST_AT_ONCE = 5_000;

/** So many events in the feed of each of them, as one change where they are few. */
export async function grow(
  { hub }: { readonly hub: { readonly app: { readonly work: Work } } },
  organisations: readonly { readonly id: string }[],
  events: number,
): Promise<void> {
  const ids = organisations.map(({ id }) => rowIdOf('Organisation', id) ?? '');
  const rows = ids.map((id) => ({ id, clientId: id, name: 'an event of a burst' }));
  const drafts = Array.from({ length: events }, () => rows.map((row) => draft(Said, [row]))).flat();
  for (let from = 0; from < drafts.length; from += MOST_AT_ONCE) {
    const some = drafts.slice(from, from + MOST_AT_ONCE);
    await hub.app.work.asSystem((tx) => append(tx, theHub(new Date()), some));
  }
}

/** The cursor at which the organisation's feed ends. */
export async function headOf(organisation: Asker): Promise<string> {
  const { events } = await organisation.ask<{ events: { head: string } }>('{ events(first: 1) { head } }');
  return events.head;
}

/** Until every entry is numbered. */
export async function numbered(place: Place): Promise<void> {
  const admin = await place.connect();
  for (let waiting = true; waiting;) {
    const { rows } = await admin.query<{ waiting: boolean }>('SELECT EXISTS (SELECT FROM ledger_inbox) AS waiting');
    waiting = rows[0]?.waiting ?? false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await admin.end();
}
