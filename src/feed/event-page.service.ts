import { parseBody } from '../ledger/entry.ts';
import { factOf } from '../ledger/fact.ts';
import type { NodeRegistry } from '../platform/api/node.ts';
import type { Tx } from '../platform/database/tx.ts';
import { toGlobalId } from '../platform/ids.ts';
import { formatCursor, type FeedCursor } from './cursor.ts';
import type { Event, EventPage } from './event.type.ts';
import { feedPage, type FeedRow } from './events.queries.ts';

export interface EventsAsked {
  /** Null: from the beginning. */
  readonly after: FeedCursor | null;
  readonly first: number;
  readonly kinds: readonly string[] | null;
}

/** A page of the viewer's feed. Must run in one snapshot: the head is read with the rows. */
export async function readEvents(tx: Tx, nodes: NodeRegistry, asked: EventsAsked): Promise<EventPage> {
  const { state, rows, more } = await feedPage(tx, asked.after?.seq ?? 0n, asked.first, asked.kinds);
  const { generation } = state;
  const head = { generation, seq: BigInt(state.seq) };
  const after = asked.after ?? { generation, seq: 0n };
  if (after.generation !== generation || after.seq > head.seq) return gapPage(head);
  const events = rows.map((row) => toEvent(row, generation, nodes));
  const last = more ? BigInt(rows.at(-1)?.seq ?? head.seq) : head.seq;
  const cursor = formatCursor({ generation, seq: last });
  return { events, cursor, head: formatCursor(head), gap: null };
}

function gapPage({ generation, seq }: FeedCursor): EventPage {
  const resumeFrom = formatCursor({ generation, seq: 0n });
  const head = formatCursor({ generation, seq });
  return { events: [], cursor: resumeFrom, head, gap: { reason: 'RESTORED', resumeFrom } };
}

export function toEvent(row: FeedRow, generation: number, nodes: NodeRegistry): Event {
  const { seq, entry_id, kind, body } = row;
  const place = { cursor: formatCursor({ generation, seq: BigInt(seq) }), sequence: seq, kind };
  const entryId = toGlobalId('Entry', entry_id);
  if (!body) return { ...place, ...tombstone(entry_id), entryId };
  const { at, actor, rows } = parseBody(body);
  const { subject, summary } = factOf(kind);
  return {
    ...place,
    at: new Date(at),
    actor: actor && { id: toGlobalId('Organisation', actor.id), name: actor.name },
    summary: summary(rows.length),
    subjects: rows.map(({ id }) => nodes.globalIdOf(subject, id)),
    details: [...rows],
    entryId,
  };
}

/** Of an entry that was erased: its number stays taken, and whoever counts must not find a hole. */
function tombstone(entryId: string): Pick<Event, 'at' | 'actor' | 'summary' | 'subjects' | 'details'> {
  // Made when the entry was (RFC 9562 5.7), to the millisecond or a few.
  const at = new Date(Number.parseInt(entryId.replaceAll('-', '').slice(0, 12), 16));
  return { at, actor: null, summary: 'What this entry said was erased.', subjects: [], details: [] };
}
