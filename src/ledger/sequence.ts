import type pg from 'pg';

import { sentTogether } from '../platform/database/sent-together.ts';
import { beginSpan, tellFailure } from '../platform/spans.ts';
import { EMPTY_CHAIN, leafHash, nextInChain } from './entry.ts';

/** Another leader has taken over: this one must stop, and has written nothing. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

interface Waiting {
  ticket: string;
  entry_id: string;
  kind: string;
  lane: string;
  commitment: Buffer;
  audience: string[];
}

interface FeedRow {
  organisation: string;
  seq: bigint;
  entry: string;
  kind: string;
  hash: Buffer;
}

const BATCH = 1000;
/** PostgreSQL refuses a notification of 8,000 bytes; a list longer than this is sent as "all". */
const MAX_NAMED = 200;

/**
 * Numbers one batch of what is visible in the inbox, whole transactions at a time, and each audience's feed with it;
 * the organisations whose feeds grew, or null when there was nothing. One transaction: a crash leaves all or none.
 *
 * What is promised: if T1 committed before T2 appended, T1's entries come before T2's. Unrelated transactions that
 * overlap come in any order.
 */
export async function sequenceBatch(client: pg.ClientBase, epoch: string): Promise<ReadonlySet<string> | null> {
  const span = beginSpan('batch');
  try {
    const [head, inbox] = await takeBatch(client, epoch);
    if (!head) throw new Fenced(`Epoch ${epoch} is over.`);
    if (inbox.length === 0) {
      await client.query('ROLLBACK');
      return null;
    }
    const entries = inbox.sort((a, b) => (BigInt(a.ticket) < BigInt(b.ticket) ? -1 : 1));
    const feeds = await numberFeeds(client, entries);
    await store(client, entries, BigInt(head.size), feeds);
    const grown = new Set(feeds.map(({ organisation }) => organisation));
    span.set({ 'tocsin.entries': entries.length, 'tocsin.feeds': grown.size });
    span.end();
    return grown;
  } catch (error) {
    tellFailure(span, error);
    span.end();
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** With names: PostgreSQL reads them once a connection. Those that look for rows have none, and are planned for what is there now. */
const LEAD = { name: 'lead', text: 'SELECT size FROM ledger_head WHERE log_id = 1 AND epoch = $1 FOR UPDATE' };
const TAKE = `WITH taken AS (SELECT DISTINCT txid FROM (SELECT txid FROM ledger_inbox ORDER BY ticket LIMIT ${BATCH}) q)
  DELETE FROM ledger_inbox i USING taken WHERE i.txid = taken.txid
  RETURNING i.ticket, i.entry_id, i.kind, i.lane, i.commitment, i.audience`;
const ADD_TO_LEDGER = {
  name: 'add-to-ledger',
  text: `INSERT INTO ledger (position, entry_id, kind, lane, leaf_hash, commitment)
    SELECT $1::bigint + e.n - 1, e.id, e.kind, e.lane, e.leaf, e.commitment
      FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[]) WITH ORDINALITY AS e(id, kind, lane, leaf, commitment, n)`,
};
const ADD_TO_FEEDS = {
  name: 'add-to-feeds',
  text: `INSERT INTO feed (organisation_id, seq, entry_id, kind, hash)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::bytea[])`,
};
const MOVE_HEADS = {
  name: 'move-heads',
  text: `INSERT INTO feed_head (organisation_id, seq, hash) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[])
    ON CONFLICT (organisation_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
};
const GROW = { name: 'grow', text: 'UPDATE ledger_head SET size = $1 WHERE log_id = 1' };
const NOTIFY = { name: 'notify', text: "SELECT pg_notify('tocsin_grown', $1)" };

async function takeBatch(client: pg.ClientBase, epoch: string): Promise<[{ size: string } | undefined, Waiting[]]> {
  const [, head, inbox] = await Promise.all([
    sentTogether(client, 'BEGIN'),
    sentTogether<{ size: string }>(client, { ...LEAD, values: [epoch] }),
    sentTogether<Waiting>(client, TAKE),
  ]);
  return [head.rows[0], inbox.rows];
}

async function numberFeeds(client: pg.ClientBase, entries: readonly Waiting[]): Promise<FeedRow[]> {
  const audiences = [...new Set(entries.flatMap(({ audience }) => audience))];
  const { rows } = await client.query<{ organisation_id: string; seq: string; hash: Buffer }>(
    'SELECT organisation_id, seq, hash FROM feed_head WHERE organisation_id = ANY ($1)',
    [audiences],
  );
  const heads = new Map(rows.map(({ organisation_id, seq, hash }) => [organisation_id, { seq: BigInt(seq), hash }]));
  return entries.flatMap(({ entry_id, kind, commitment, audience }) =>
    audience.map((organisation) => {
      const last = heads.get(organisation) ?? { seq: 0n, hash: EMPTY_CHAIN };
      const next = { seq: last.seq + 1n, hash: nextInChain(last.hash, leafHash(commitment)) };
      heads.set(organisation, next);
      return { organisation, ...next, entry: entry_id, kind };
    }),
  );
}

async function store(client: pg.ClientBase, entries: readonly Waiting[], size: bigint, feeds: readonly FeedRow[]) {
  const newest = new Map(feeds.map((row) => [row.organisation, row]));
  const grown = newest.size > MAX_NAMED ? 'all' : [...newest.keys()].join(',');
  const inLedger = [
    size,
    entries.map((entry) => entry.entry_id),
    entries.map((entry) => entry.kind),
    entries.map((entry) => entry.lane),
    entries.map((entry) => leafHash(entry.commitment)),
    entries.map((entry) => entry.commitment),
  ];
  const inFeeds = [
    feeds.map((row) => row.organisation),
    feeds.map((row) => row.seq),
    feeds.map((row) => row.entry),
    feeds.map((row) => row.kind),
    feeds.map((row) => row.hash),
  ];
  const ends = [...newest.values()];
  const heads = [[...newest.keys()], ends.map((row) => row.seq), ends.map((row) => row.hash)];
  const answers = await Promise.all([
    sentTogether(client, { ...ADD_TO_LEDGER, values: inLedger }),
    sentTogether(client, { ...ADD_TO_FEEDS, values: inFeeds }),
    sentTogether(client, { ...MOVE_HEADS, values: heads }),
    sentTogether(client, { ...GROW, values: [size + BigInt(entries.length)] }),
    sentTogether(client, { ...NOTIFY, values: [grown] }),
    sentTogether(client, 'COMMIT'),
  ]);
  if (answers.at(-1)?.command !== 'COMMIT') throw new Error('The batch was rolled back.');
}
