import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';

import { priceOfField } from '../../platform/api/price.ts';
import { weighSent } from './sent.ts';

type Values = Readonly<Record<string, unknown>>;
type Sizes = Readonly<Record<string, number>>;

/** No page is longer; more is refused by the field itself, with better words. */
const LONGEST_PAGE = 1_000;
/** The schema of itself, which is ready and large. */
const INTROSPECTION = 100;
const NO_SIZES: Sizes = {};
/** Where nothing was answered yet: sizes are reckoned. */
const RECKONED = Symbol('reckoned');

/** Prices of answers, without what was sent: sockets that ask the same share theirs, and it is reckoned once. */
const priced = new WeakMap<object, number>();

/** What one operation with its variables costs: before it runs by the schema's prices, afterwards by what came back. */
export class Bill {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly values: Values;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    variables: Values,
    /** Points for what was sent beside the document. */
    private readonly sent: number,
  ) {
    const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    const defaults = (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && valueFromASTUntyped(defaultValue),
    ]);
    this.values = { ...(Object.fromEntries(defaults) as Values), ...variables };
  }

  get kind(): OperationTypeNode {
    return this.operation.operation;
  }

  /** At least one point: to be asked at all is work. */
  requested(): number {
    return this.total(RECKONED);
  }

  actual(data: unknown): number {
    if (typeof data !== 'object' || data === null) return this.total(data);
    const price = priced.get(data) ?? this.total(data) - this.sent;
    priced.set(data, price);
    return this.sent + price;
  }

  private total(data: unknown): number {
    const root = this.schema.getRootType(this.operation.operation);
    return 1 + this.sent + (root ? this.set(this.operation.selectionSet, root, NO_SIZES, data) : 0);
  }

  /** Where an object is one of several types, it is reckoned as the dearest of them. */
  private set({ selections }: SelectionSetNode, type: GraphQLCompositeType, sizes: Sizes, data: unknown): number {
    const byType = new Map<string, number>();
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        byType.set(type.name, (byType.get(type.name) ?? 0) + this.field(selection, type, sizes, data));
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
      if (!fragment) continue;
      const named = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
      const narrowed = isCompositeType(named) ? named : type;
      const cost = this.set(fragment.selectionSet, narrowed, sizes, data);
      // What is asked of an abstract type is asked whatever the object is.
      const key = isObjectType(narrowed) ? narrowed.name : type.name;
      byType.set(key, (byType.get(key) ?? 0) + cost);
    }
    const common = byType.get(type.name) ?? 0;
    byType.delete(type.name);
    return common + Math.max(0, ...byType.values());
  }

  private field(node: FieldNode, type: GraphQLCompositeType, sizes: Sizes, data: unknown): number {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') return INTROSPECTION;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (!field) return 0;
    const below = getNamedType(field.type);
    const args = this.argumentsOf(node, field);
    const { weight, list } = priceOfField(field);
    const size = list ? sizeOf(args, list.slicingArguments, list.assumedSize ?? 1) : 1;
    const inside = Object.fromEntries((list?.sizedFields ?? []).map((sized) => [sized, size]));
    const one = (value: unknown): number =>
      weight + (node.selectionSet ? this.set(node.selectionSet, below as GraphQLCompositeType, inside, value) : 0);
    const inDocument = this.sentInDocument(node);
    if (data !== RECKONED) return inDocument + ofAll(dataOf(data, node), one);
    const times = sizes[name] ?? (list && !list.sizedFields ? size : 1);
    return inDocument + times * one(RECKONED);
  }

  private argumentsOf(node: FieldNode, field: GraphQLField<unknown, unknown>): Values {
    const defaults = field.args.map(({ name, defaultValue }) => [name, defaultValue]);
    const given = (node.arguments ?? []).map(({ name, value }) => [
      name.value,
      valueFromASTUntyped(value, this.values),
    ]);
    return Object.fromEntries([...defaults, ...given]) as Values;
  }

  /** Variables are counted once, however often they are used. */
  private sentInDocument({ arguments: given = [] }: FieldNode): number {
    const written = given.filter(({ value }) => value.kind !== Kind.VARIABLE);
    if (written.length === 0) return 0;
    const values = written.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]);
    return weighSent(Object.fromEntries(values), Infinity).points;
  }
}

/** The largest that an argument asks for. */
function sizeOf(args: Values, slicing: readonly string[] | undefined, assumed: number): number {
  if (!slicing) return assumed;
  const sizes = slicing.map((path) => {
    const value = path.split('.').reduce<unknown>((within, key) => (within as Values | null | undefined)?.[key], args);
    if (Array.isArray(value)) return value.length;
    return typeof value === 'number' && value > 0 ? Math.min(value, LONGEST_PAGE) : 0;
  });
  return Math.max(...sizes);
}

const dataOf = (data: unknown, { alias, name }: FieldNode): unknown =>
  (data as Values | null | undefined)?.[(alias ?? name).value];

function ofAll(value: unknown, one: (value: unknown) => number): number {
  if (value === null || value === undefined) return 0;
  return Array.isArray(value) ? value.reduce<number>((sum, each) => sum + ofAll(each, one), 0) : one(value);
}
