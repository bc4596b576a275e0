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
import { AnswerPrices, INTROSPECTION, sentInDocument, type AnswerPrice } from './answer-price.ts';

type Values = Readonly<Record<string, unknown>>;
type Sizes = Readonly<Record<string, number>>;

/** No page is longer; more is refused by the field itself, with better words. */
const LONGEST_PAGE = 1_000;
const NO_SIZES: Sizes = {};

/** Prices of the answers to an operation. A document that is known is kept, and so is what was worked out of it. */
const prices = new WeakMap<OperationDefinitionNode, AnswerPrice>();
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
    const root = this.schema.getRootType(this.operation.operation);
    return 1 + this.sent + (root ? this.set(this.operation.selectionSet, root, NO_SIZES) : 0);
  }

  actual(data: unknown): number {
    const known = typeof data === 'object' && data !== null ? data : {};
    const price = priced.get(known) ?? 1 + this.answerPrice()(known);
    priced.set(known, price);
    return this.sent + price;
  }

  private answerPrice(): AnswerPrice {
    const known = prices.get(this.operation);
    if (known) return known;
    const root = this.schema.getRootType(this.operation.operation);
    const price = root ? new AnswerPrices(this.schema, this.fragments).of(this.operation.selectionSet, root) : () => 0;
    prices.set(this.operation, price);
    return price;
  }

  /** Where an object is one of several types, it is reckoned as the dearest of them. */
  private set({ selections }: SelectionSetNode, type: GraphQLCompositeType, sizes: Sizes): number {
    const byType = new Map<string, number>();
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        byType.set(type.name, (byType.get(type.name) ?? 0) + this.field(selection, type, sizes));
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
      if (!fragment) continue;
      const named = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
      const narrowed = isCompositeType(named) ? named : type;
      const cost = this.set(fragment.selectionSet, narrowed, sizes);
      // What is asked of an abstract type is asked whatever the object is.
      const key = isObjectType(narrowed) ? narrowed.name : type.name;
      byType.set(key, (byType.get(key) ?? 0) + cost);
    }
    const common = byType.get(type.name) ?? 0;
    byType.delete(type.name);
    return common + Math.max(0, ...byType.values());
  }

  private field(node: FieldNode, type: GraphQLCompositeType, sizes: Sizes): number {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') return INTROSPECTION;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (!field) return 0;
    const below = getNamedType(field.type);
    const args = this.argumentsOf(node, field);
    const { weight, list } = priceOfField(field);
    const size = list ? sizeOf(args, list.slicingArguments, list.assumedSize ?? 1) : 1;
    const inside = Object.fromEntries((list?.sizedFields ?? []).map((sized) => [sized, size]));
    const one = weight + (node.selectionSet ? this.set(node.selectionSet, below as GraphQLCompositeType, inside) : 0);
    const times = sizes[name] ?? (list && !list.sizedFields ? size : 1);
    return sentInDocument(node) + times * one;
  }

  private argumentsOf(node: FieldNode, field: GraphQLField<unknown, unknown>): Values {
    const defaults = field.args.map(({ name, defaultValue }) => [name, defaultValue]);
    const given = (node.arguments ?? []).map(({ name, value }) => [
      name.value,
      valueFromASTUntyped(value, this.values),
    ]);
    return Object.fromEntries([...defaults, ...given]) as Values;
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
