import { Field, ID, InterfaceType } from 'type-graphql';
import type { EntityTarget } from 'typeorm';

import { fromGlobalId, toGlobalId } from '../ids.ts';
import type { Asked } from '../database/tx.ts';
import type { Permission } from '../viewer.ts';
import { Reads } from './asked.ts';
import type { RequestContext } from './context.ts';
import { inOrder, perRequest } from './loader.ts';

@InterfaceType({ description: 'An object with an id of its own, which `node` finds again for whoever may read it.' })
export abstract class Node {
  abstract id: string;
  /** The name of the GraphQL type. */
  abstract get nodeType(): string;

  @Field(() => ID, { name: 'id' })
  @Reads()
  get globalId(): string {
    return toGlobalId(this.nodeType, this.id);
  }
}

export interface NodeKind {
  /** The GraphQL type, and the first half of its global ids. */
  readonly type: string;
  /** What ledger entries call a row of it. */
  readonly subject: string;
  readonly entity: EntityTarget<Node>;
  /** Who may ask for one: holders of any of these. The row's readers are the database's business. */
  readonly may: readonly Permission[] | 'anyone';
}

/** The types that `node` knows: one line a type, filled by app/resolvers.ts. */
export class NodeRegistry {
  private readonly byType: ReadonlyMap<string, NodeKind & { load: ReturnType<typeof loaderOf> }>;
  private readonly typeOfSubject: ReadonlyMap<string, string>;

  constructor(kinds: readonly NodeKind[]) {
    this.byType = new Map(kinds.map((kind) => [kind.type, { ...kind, load: loaderOf(kind.entity) }]));
    this.typeOfSubject = new Map(kinds.map(({ type, subject }) => [subject, type]));
  }

  /** Null: not there, or not the viewer's, or not an id of this hub. Row-level security makes no difference visible. */
  async load(context: RequestContext, globalId: string): Promise<Asked<Node, 'globalId'> | null> {
    const asked = fromGlobalId(globalId);
    const kind = asked && this.byType.get(asked.type);
    if (!kind) return null;
    const { permissions } = context.viewer;
    const may = kind.may === 'anyone' || kind.may.some((permission) => permissions.has(permission));
    return may ? kind.load(context).load(asked.id) : null;
  }

  /** The global id of a row that an entry lists. */
  globalIdOf(subject: string, id: string): string {
    const type = this.typeOfSubject.get(subject);
    if (!type) throw new Error(`No node type for ${subject}.`);
    return toGlobalId(type, id);
  }
}

const loaderOf = (entity: EntityTarget<Node>) =>
  perRequest<string, Asked<Node, 'globalId'> | null>(async (tx, ids) =>
    inOrder(ids, await tx.listAsked(entity, ['globalId'], 'WHERE t.id = ANY ($1)', [ids])),
  );
