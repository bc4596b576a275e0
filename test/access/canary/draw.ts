import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  OperationTypeNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import { valueOf, type IdsOf, type Pool } from './arguments.ts';
import type { Dice } from './dice.ts';

/** An operation that the schema allows. */
export interface Drawn {
  readonly field: string;
  readonly type: OperationTypeNode;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly ids: IdsOf;
}

const DEPTH = 4;
const MOST_FIELDS = 60;

/** Any root field of the schema with any arguments and any selection: a new field is drawn without anybody's doing. */
export function drawOperation(schema: GraphQLSchema, dice: Dice, pool: Pool): Drawn {
  const root = dice.pick(rootsOf(schema));
  const field = dice.pick(Object.values(root.object.getFields()));
  const ids = dice.chance(40) ? 'others' : 'anybody';
  const asked = root.type === OperationTypeNode.QUERY ? pool : { ...pool, written: [] };
  const draft = new Draft(schema, dice, asked, ids);
  const selection = draft.field(field, DEPTH, true);
  const { declared, variables } = draft;
  const head = declared.length > 0 ? `${root.type} (${declared.join(', ')})` : root.type;
  return {
    field: `${root.object.name}.${field.name}`,
    type: root.type,
    document: `${head} { ${selection} }`,
    variables,
    ids,
  };
}

/** Twice as often a query as anything else: they have the deep selections. */
function rootsOf(schema: GraphQLSchema): { type: OperationTypeNode; object: GraphQLObjectType }[] {
  const { QUERY, MUTATION, SUBSCRIPTION } = OperationTypeNode;
  const types = [
    ...Array<OperationTypeNode>(11).fill(QUERY),
    ...Array<OperationTypeNode>(8).fill(MUTATION),
    SUBSCRIPTION,
  ];
  return types.flatMap((type) => {
    const object = schema.getRootType(type);
    return object ? [{ type, object }] : [];
  });
}

class Draft {
  readonly declared: string[] = [];
  readonly variables: Record<string, unknown> = {};
  private fields = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly dice: Dice,
    private readonly pool: Pool,
    private readonly ids: IdsOf,
  ) {}

  field(field: GraphQLField<unknown, unknown>, depth: number, isRoot = false): string {
    this.fields += 1;
    const { dice } = this;
    const given = field.args.filter(({ type }) => isNonNullType(type) || dice.chance(isRoot ? 50 : 20));
    const args = given.map((arg) => `${arg.name}: $${this.variable(arg)}`);
    const type = getNamedType(field.type);
    return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${this.selection(type, depth - 1)}`;
  }

  private variable(arg: GraphQLArgument): string {
    const name = `v${this.declared.length}`;
    this.declared.push(`$${name}: ${String(arg.type)}`);
    this.variables[name] = valueOf(arg.type, arg.name, this.dice, this.pool, this.ids);
    return name;
  }

  private selection(type: GraphQLNamedType, depth: number): string {
    if (isLeafType(type)) return '';
    if (isObjectType(type)) return `{ __typename ${this.of(type, depth)} }`;
    if (!isAbstractType(type)) throw new Error(`${type.name} cannot be selected.`);
    const one = this.dice.pick(this.schema.getPossibleTypes(type));
    return `{ __typename ... on ${one.name} { __typename ${this.of(one, depth)} } }`;
  }

  private of(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter(({ type: of }) => depth > 0 || isLeafType(getNamedType(of)));
    const chosen = fields.filter(({ type: of }) => this.dice.chance(isLeafType(getNamedType(of)) ? 70 : 60));
    return chosen.map((field) => (this.fields < MOST_FIELDS ? this.field(field, depth) : '')).join(' ');
  }
}
