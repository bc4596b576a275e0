import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

import { priceOfField } from '../../platform/api/price.ts';
import { weighSent } from './sent.ts';

/** Points for an answer, or for the part of it that stands in this place. */
export type AnswerPrice = (data: unknown) => number;
type Values = Readonly<Record<string, unknown>>;

/** The schema of itself, which is ready and large. */
export const INTROSPECTION = 100;

const FREE: AnswerPrice = () => 0;

/**
 * What answers to a selection cost, worked out once for all of them: what has no price, as most fields, is not looked at
 * again. Where an object is one of several types, it is reckoned as the dearest of them.
 */
export class AnswerPrices {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  of({ selections }: SelectionSetNode, type: GraphQLCompositeType): AnswerPrice {
    const byType = new Map<string, AnswerPrice[]>();
    for (const selection of selections) {
      const [key, price] =
        selection.kind === Kind.FIELD
          ? ([type.name, this.field(selection, type)] as const)
          : this.fragment(selection.kind === Kind.INLINE_FRAGMENT ? selection : selection.name.value, type);
      if (price !== FREE) byType.set(key, [...(byType.get(key) ?? []), price]);
    }
    const common = sumOf(byType.get(type.name) ?? []);
    byType.delete(type.name);
    const others = [...byType.values()].map(sumOf);
    return others.length === 0 ? common : (data) => common(data) + Math.max(0, ...others.map((price) => price(data)));
  }

  private fragment(of: Pick<FragmentDefinitionNode, 'selectionSet'> | string, type: GraphQLCompositeType) {
    const fragment: Partial<FragmentDefinitionNode> | undefined = typeof of === 'string' ? this.fragments.get(of) : of;
    if (!fragment?.selectionSet) return [type.name, FREE] as const;
    const named = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
    const narrowed = isCompositeType(named) ? named : type;
    // What is asked of an abstract type is asked whatever the object is.
    return [isObjectType(narrowed) ? narrowed.name : type.name, this.of(fragment.selectionSet, narrowed)] as const;
  }

  private field(node: FieldNode, type: GraphQLCompositeType): AnswerPrice {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') return () => INTROSPECTION;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (!field) return FREE;
    const { weight } = priceOfField(field);
    const written = sentInDocument(node);
    const below = node.selectionSet
      ? this.of(node.selectionSet, getNamedType(field.type) as GraphQLCompositeType)
      : FREE;
    if (weight === 0 && written === 0 && below === FREE) return FREE;
    const key = (node.alias ?? node.name).value;
    const one: AnswerPrice = below === FREE ? () => weight : (value) => weight + below(value);
    return (data) => written + ofAll((data as Values | null | undefined)?.[key], one);
  }
}

/** Points for what stands in the document itself. Variables are counted once, however often they are used. */
export function sentInDocument({ arguments: given = [] }: FieldNode): number {
  const written = given.filter(({ value }) => value.kind !== Kind.VARIABLE);
  if (written.length === 0) return 0;
  const values = written.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]);
  return weighSent(Object.fromEntries(values), Infinity).points;
}

function sumOf(prices: readonly AnswerPrice[]): AnswerPrice {
  const [only, ...more] = prices;
  if (!only) return FREE;
  return more.length === 0 ? only : (data) => prices.reduce((sum, price) => sum + price(data), 0);
}

function ofAll(value: unknown, one: AnswerPrice): number {
  if (value === null || value === undefined) return 0;
  return Array.isArray(value) ? value.reduce<number>((sum, each) => sum + ofAll(each, one), 0) : one(value);
}
