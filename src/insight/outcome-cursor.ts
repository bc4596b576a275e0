import { formatCursor, parseCursor } from '../feed/cursor.ts';

/**
 * How far outcomes were read: everything that the feed tells up to `after`, and, when a page ended in the middle of
 * what it tells up to `upTo`, of that the indicators up to `last`. At its end it is a cursor of the feed.
 */
export interface OutcomeCursor {
  readonly generation: number;
  readonly after: bigint;
  readonly within: { readonly upTo: bigint; readonly last: string } | null;
}

const WITHIN = /^(\d{1,9})\.(\d{1,18})-(\d{1,18})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function formatOutcomeCursor({ generation, after, within }: OutcomeCursor): string {
  if (within === null) return formatCursor({ generation, seq: after });
  return `${generation}.${after}-${within.upTo}.${within.last}`;
}

export function parseOutcomeCursor(text: string): OutcomeCursor {
  const [, generation, after, upTo, last] = WITHIN.exec(text) ?? [];
  if (generation === undefined || after === undefined || upTo === undefined || last === undefined) {
    const cursor = parseCursor(text, ['changedAfter']);
    return { generation: cursor.generation, after: cursor.seq, within: null };
  }
  return { generation: Number(generation), after: BigInt(after), within: { upTo: BigInt(upTo), last } };
}
