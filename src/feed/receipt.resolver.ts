import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';

import { parseBody } from '../ledger/entry.ts';
import { readLogKeys, type LogKeys } from '../ledger/log-keys.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { perRequest } from '../platform/api/loader.ts';
import { pageSize } from '../platform/api/paging.ts';
import { Receipt } from '../platform/api/payload.ts';
import { Anyone, May } from '../platform/api/policy.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { EventKind } from './event.type.ts';
import { inclusionOf, checkpointOf } from './inclusion.service.ts';
import { myEntries, myFeed, myFeedHead, type ProvenEntry } from './receipt.queries.ts';
import { Checkpoint, Inclusion, ReceiptPage } from './receipt.type.ts';
import { leafOf, type TokenService } from './token.service.ts';

const MAX_RECEIPTS = 1000;

const entryOf = perRequest<string, ProvenEntry | null>(async (tx, ids) => {
  const found = new Map((await myEntries(tx, ids)).map((entry) => [entry.entry_id, entry]));
  return ids.map((id) => found.get(id) ?? null);
});
const keysOf = perRequest<'all', LogKeys>(async (tx) => [await readLogKeys(tx)]);

@Resolver(() => Receipt)
export class ReceiptResolver {
  constructor(private readonly tokens: TokenService) {}

  @Query(() => Receipt, {
    nullable: true,
    description: 'The receipt of an entry of your feed. Null: there is no such entry, or it is not in your feed.',
  })
  @May('events:read')
  async receipt(@Arg('entryId', () => ID) entryId: string, @Ctx() context: RequestContext): Promise<Receipt | null> {
    const id = rowIdOf('Entry', entryId);
    return id !== null && (await entryOf(context).load(id)) ? new Receipt(id) : null;
  }

  @Query(() => ReceiptPage, {
    description:
      'Your feed with all that is needed to prove it, oldest first: every number, also of what was erased, of which the ' +
      'leaf stands. A page may hold fewer than `first`: you have all when its `cursor` is its `head`.',
  })
  @May('events:read')
  async receipts(
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('first', () => Int, { defaultValue: 100, description: '1 to 1,000.' }) first: number,
    @Ctx() context: RequestContext,
  ): Promise<ReceiptPage> {
    const size = pageSize(first, MAX_RECEIPTS);
    const tx = await context.read();
    const { generation, seq } = await myFeedHead(tx);
    const from = after == null ? { generation, seq: 0n } : parseCursor(after);
    if (from.generation !== generation || from.seq > BigInt(seq)) {
      throw new Refusal('BAD_CURSOR', 'The hub was restored since: begin again, without a cursor.', ['after']);
    }
    const rows = await myFeed(tx, from.seq, size);
    for (const row of rows) entryOf(context).prime(row.entry_id, row);
    return {
      receipts: rows.map(({ entry_id }) => new Receipt(entry_id)),
      cursor: formatCursor({ generation, seq: BigInt(rows.at(-1)?.seq ?? from.seq) }),
      head: formatCursor({ generation, seq: BigInt(seq) }),
    };
  }

  @Query(() => Checkpoint, { nullable: true, description: 'The newest one. Null until the first was signed.' })
  @Anyone('It is public: /checkpoint serves the same to everybody.')
  checkpoint(@Ctx() context: RequestContext): Promise<Checkpoint | null> {
    return checkpointOf(context, this.tokens.origin);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'A JWS (Ed25519, RFC 7515 compact) over what the entry says, promising that it is in a checkpoint within `within` ' +
      'seconds. Asking again gives the same token, until the content is erased: keep it.',
  })
  async token(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string | null> {
    const [entry, keys] = await Promise.all([find(receipt, context), keysOf(context).load('all')]);
    return this.tokens.receipt(entry, keys);
  }

  @FieldResolver(() => EventKind)
  async kind(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string> {
    return (await find(receipt, context)).kind;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When it happened, by the hub. Null once erased.' })
  async at(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<Date | null> {
    const { body } = await find(receipt, context);
    return body && new Date(parseBody(body).at);
  }

  @FieldResolver(() => String, { description: 'Hash of its leaf (RFC 6962), base64.' })
  async leafHash(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string> {
    return Buffer.from(leafOf((await find(receipt, context)).commitment)).toString('base64');
  }

  @FieldResolver(() => String, { nullable: true, description: '32 bytes, base64. Null once erased.' })
  async salt(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string | null> {
    return (await find(receipt, context)).salt?.toString('base64') ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Its exact bytes, base64. Null once erased.' })
  async body(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string | null> {
    return (await find(receipt, context)).body?.toString('base64') ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Its number in your feed; null for moments at first.' })
  async sequence(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string | null> {
    return (await find(receipt, context)).seq;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Its place in the log, from 0; null for moments at first.',
  })
  async position(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<string | null> {
    return (await find(receipt, context)).pos;
  }

  @FieldResolver(() => Inclusion, {
    nullable: true,
    description: 'The proof that it is in the log. Null until a checkpoint covers it, usually within a second or two.',
  })
  async inclusion(@Root() receipt: Receipt, @Ctx() context: RequestContext): Promise<Inclusion | null> {
    const { pos } = await find(receipt, context);
    return pos === null ? null : inclusionOf(context, this.tokens.origin, Number(pos));
  }
}

async function find({ entry }: Receipt, context: RequestContext): Promise<ProvenEntry> {
  const found = await entryOf(context).load(entry);
  if (!found) throw new Error('A receipt is of an entry that its reader does not hear.');
  return found;
}
