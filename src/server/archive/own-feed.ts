import type pg from 'pg';

import { FeedStated } from '../../feed/feed.facts.ts';
import { leafOf, type TokenService } from '../../feed/token.service.ts';
import { parseBody } from '../../ledger/entry.ts';
import { keysOf, READ_KEYS, type LogKeys } from '../../ledger/log-keys.ts';
import { nodesIn } from '../../ledger/tiles.ts';
import { tilesBy } from '../../ledger/tree.ts';
import { toBase64 } from '../../verifier/encoding.ts';
import { FEED_BUNDLE } from '../../verifier/feed-bundle.ts';
import { proveInclusion, type ReadNodes } from '../../verifier/proof.ts';

interface Row {
  entry_id: string;
  kind: string;
  commitment: Buffer;
  salt: Buffer | null;
  body: Buffer | null;
  seq: string;
  pos: string;
}

const PAGE = 1000;

/**
 * The feed of the organisation that the connection speaks for, in the form of docs/protocols/ledger.md: each entry with
 * receipt and proof, and every statement that was made of it. Null where nothing was signed yet.
 */
export async function ownFeed(
  client: pg.Client,
  keysNote: string,
  organisation: string,
  tokens: TokenService,
): Promise<object | null> {
  const { rows: newest } = await client.query<{ size: string; note: string }>(
    'SELECT size, note FROM newest_checkpoint()',
  );
  const [checkpoint] = newest;
  if (!checkpoint) return null;
  const { rows: keyRows } = await client.query(READ_KEYS);
  const { rows: head } = await client.query<{ generation: number }>('SELECT generation FROM my_feed_head()');
  const read = nodesIn(tilesBy(async (text, values) => (await client.query(text, [...values])).rows as never));
  const proof = { keys: keysOf(keyRows), size: Number(checkpoint.size), read };
  const entries: object[] = [];
  const statements: string[] = [];
  for (let after = 0; ;) {
    const { rows } = await client.query<Row>('SELECT * FROM my_feed($1, $2)', [after, PAGE]);
    for (const row of rows) {
      entries.push(await entryOf(row, tokens, proof));
      statements.push(...(await statementsIn(row, tokens, proof.keys)));
    }
    if (rows.length === 0) break;
    after = Number(rows.at(-1)?.seq);
  }
  return {
    ...{ format: FEED_BUNDLE, origin: tokens.origin, organisation, generation: head[0]?.generation ?? 1 },
    ...{ keys: keysNote, checkpoint: checkpoint.note, statements, entries },
  };
}

interface Proof {
  readonly keys: LogKeys;
  readonly size: number;
  readonly read: ReadNodes;
}

async function entryOf(row: Row, tokens: TokenService, { keys, size, read }: Proof): Promise<object> {
  const position = Number(row.pos);
  const isCovered = position < size;
  return {
    ...{ seq: Number(row.seq), entry: row.entry_id },
    ...{ salt: row.salt?.toString('base64') ?? null, body: row.body?.toString('base64') ?? null },
    ...{ leaf: toBase64(leafOf(row.commitment)), receipt: await tokens.receipt(row, keys) },
    position: isCovered ? position : null,
    proof: isCovered ? (await proveInclusion(position, size, read)).map(toBase64) : [],
  };
}

async function statementsIn({ kind, body }: Row, tokens: TokenService, keys: LogKeys): Promise<string[]> {
  if (kind !== FeedStated.kind || !body) return [];
  const { at, rows } = parseBody(body);
  const made = await Promise.all(rows.map((row) => tokens.statement(FeedStated.row.parse(row), new Date(at), keys)));
  return made.flatMap((token) => token ?? []);
}
