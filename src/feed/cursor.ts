import { Refusal } from '../platform/errors.ts';

/**
 * A place in one organisation's feed: the generation of the feed, and the number of the last event read. Opaque to
 * clients; a restored backup opens a new generation, so that a number is never taken for another event's.
 */
export interface FeedCursor {
  readonly generation: number;
  readonly seq: bigint;
}

export function formatCursor({ generation, seq }: FeedCursor): string {
  return `${generation}.${seq}`;
}

/** BAD_CURSOR for what is none; `path` says where it was sent. */
export function parseCursor(text: string, path: readonly string[] = ['after']): FeedCursor {
  const [, generation, seq] = /^(\d{1,9})\.(\d{1,18})$/.exec(text) ?? [];
  if (generation === undefined || seq === undefined) {
    throw new Refusal('BAD_CURSOR', 'A cursor comes from an event or a page of this hub, unchanged.', path);
  }
  return { generation: Number(generation), seq: BigInt(seq) };
}
