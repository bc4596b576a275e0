import { Field, ObjectType } from 'type-graphql';
import type { ClassType } from 'type-graphql';

import { Refusal } from '../errors.ts';

@ObjectType({ description: 'Where a page ends.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Send it as `after` for the next page. Opaque.' })
  endCursor!: string | null;
}

export interface Connection<Item> {
  edges: { cursor: string; node: Item }[];
  pageInfo: PageInfo;
}

/** GraphQL types of a Relay connection over `item`. Call once a type, at module level. */
export function connectionOf<Item extends object>(item: ClassType<Item>, name: string): ClassType<Connection<Item>> {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(() => item)
    node!: Item;
  }

  @ObjectType(`${name}Connection`)
  class ItemConnection implements Connection<Item> {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;
  }
  return ItemConnection;
}

const MAX_PAGE = 100;

/** How many rows were asked for: 1 to `most`, else BAD_INPUT. */
export function pageSize(first: number, most: number = MAX_PAGE): number {
  if (first < 1 || first > most) throw new Refusal('BAD_INPUT', `first must be from 1 to ${most}.`, ['first']);
  return first;
}

const PART = {
  id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  number: /^\d{1,18}$/,
  hash: /^[0-9a-f]{64}$/,
  word: /^[A-Z_*]{1,40}$/,
} as const;

/** The sort key that a cursor stands for, part by part; null where there is no cursor, BAD_CURSOR for anything else. */
export function keyAfter(after: string | null | undefined, parts: readonly (keyof typeof PART)[]): string[] | null {
  if (after == null) return null;
  const key = parsedKey(after);
  const fits = key?.length === parts.length && parts.every((part, index) => PART[part].test(key[index] ?? ''));
  if (!key || !fits) throw new Refusal('BAD_CURSOR', 'This is not a cursor of this list.', ['after']);
  return key;
}

function parsedKey(cursor: string): string[] | null {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(key) && key.every((part) => typeof part === 'string') ? key : null;
  } catch {
    return null;
  }
}

/** For lists in the order of their ids: the id after which the page begins. */
export function idAfter(after: string | null | undefined): string {
  return keyAfter(after, ['id'])?.[0] ?? '00000000-0000-0000-0000-000000000000';
}

/** A page of at most `first` out of `rows`, of which one more was fetched to know whether there is a next. */
export function pageOf<Item>(rows: readonly Item[], first: number, key: (item: Item) => string[]): Connection<Item> {
  const edges = rows.slice(0, first).map((node) => new PageEdge(node, key));
  const hasNextPage = rows.length > first;
  return {
    edges,
    get pageInfo() {
      return { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null };
    },
  };
}

/** Its cursor is made where it is asked for: of a page mostly the last one is. */
class PageEdge<Item> {
  constructor(
    readonly node: Item,
    private readonly key: (item: Item) => string[],
  ) {}

  get cursor(): string {
    return toCursor(this.key(this.node));
  }
}

const toCursor = (key: string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');
