import { z } from 'zod';

import { append, theHub } from '../../src/ledger/append.ts';
import { draft, type Fact } from '../../src/ledger/fact.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import type { Party } from '../support/world.ts';

/** Says what the hub's own entry of this kind says. */
const Padded: Fact = {
  kind: 'CLIENT_CREATED',
  subject: 'organisation',
  row: z.object({ id: z.string(), clientId: z.string(), name: z.string() }),
  summary: () => '',
};

/** Events in the party's feed, each of about so many bytes. */
export async function happens(party: Party, count: number, bytes = 10): Promise<void> {
  const id = rowIdOf('Organisation', party.id) ?? '';
  const row = { id, clientId: id, name: 'x'.repeat(bytes) };
  const drafts = Array.from({ length: count }, () => draft(Padded, [row]));
  await party.world.hub.app.work.asSystem((tx) => append(tx, theHub(new Date()), drafts));
  await party.world.settled();
}
