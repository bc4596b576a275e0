import {
  DirectiveLocation,
  getNamedType,
  getNullableType,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  isCompositeType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** What a field costs, in the words of the GraphQL Cost Directive Specification. */
export interface Price {
  /** Of the field, or of each row where it is a list. */
  readonly weight: number;
  readonly list: ListSize | null;
}

/** How many rows a list has, or the lists of the page that the field answers. */
export interface ListSize {
  readonly assumedSize?: number;
  /** Arguments that say it: a number, or a list, of which the length counts. A dot leads into an input. */
  readonly slicingArguments?: readonly string[];
  /** Fields of what comes back that are so long. Without: the field itself. */
  readonly sizedFields?: readonly string[];
}

const KEY = 'price';
/** A change is locks, an entry, a receipt and a commit. */
const MUTATION_WEIGHT = 10;
/** Lists that no argument bounds: the parties of a case, the referrals under an item. */
const ASSUMED_SIZE = 10;

const strings = new GraphQLList(new GraphQLNonNull(GraphQLString));

export const costDirective = new GraphQLDirective({
  name: 'cost',
  description:
    'What a field costs in points, where it is not 1 for each object and 0 for each scalar. Besides, each item of a list that is sent costs 1 point, and each full 1,000 characters of one text. `extensions.cost` of an answer says what it came to.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { weight: { type: new GraphQLNonNull(GraphQLString) } },
});

export const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description: 'How long a list is reckoned to be before it is asked for.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt, description: 'Where no argument says it.' },
    slicingArguments: {
      type: strings,
      description: 'Arguments that say it, as a number or by the length of a list; a dot leads into an input.',
    },
    sizedFields: { type: strings, description: 'The fields of the page that are so long; without, the field itself.' },
    requireOneSlicingArgument: { type: GraphQLBoolean, defaultValue: true },
  },
});

/** Gives each field its price by its shape, so that no new field can be without one. */
export function priceFields(schema: GraphQLSchema): GraphQLSchema {
  const mutation = schema.getMutationType();
  const changes = mutation ? Object.values(mutation.getFields()) : [];
  const payloads = new Set(changes.map(({ type }) => getNamedType(type)));
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const price = type === mutation ? priceOfChange(field) : priceOf(field, payloads.has(type), isPage(type));
      field.extensions = { ...field.extensions, [KEY]: price };
    }
  }
  return schema;
}

export function priceOfField(field: GraphQLField<unknown, unknown>): Price {
  return (field.extensions[KEY] as Price | undefined) ?? { weight: 0, list: null };
}

/** The answers to what was sent are as many as were sent, and paid for with it. */
function priceOfChange(field: GraphQLField<unknown, unknown>): Price {
  const input = getNamedType(field.args.find(({ name }) => name === 'input')?.type);
  const lists = isInputObjectType(input) ? Object.values(input.getFields()).filter(({ type }) => isList(type)) : [];
  const sizedFields = listsOf(field);
  if (lists.length === 0 || sizedFields.length === 0) return { weight: MUTATION_WEIGHT, list: null };
  const slicingArguments = lists.map(({ name }) => `input.${name}`);
  return { weight: MUTATION_WEIGHT, list: { slicingArguments, sizedFields } };
}

function priceOf(field: GraphQLField<unknown, unknown>, inPayload: boolean, inPage: boolean): Price {
  const complaints = inPayload && field.name === 'errors';
  if (complaints || !isCompositeType(getNamedType(field.type))) return { weight: 0, list: null };
  // An edge is nothing beside its node, and what a change answers was paid with the change.
  const weight = inPage || (inPayload && isList(field.type)) ? 0 : 1;
  const sliced = field.args.some(({ name }) => name === 'first');
  if (sliced) {
    const sizedFields = isList(field.type) ? [] : listsOf(field);
    return { weight, list: { slicingArguments: ['first'], ...(sizedFields.length > 0 && { sizedFields }) } };
  }
  return { weight, list: isList(field.type) && !inPage ? { assumedSize: ASSUMED_SIZE } : null };
}

const isList = (type: unknown): boolean => isListType(getNullableType(type as never));

const isPage = (type: GraphQLObjectType): boolean => /Connection$/.test(type.name);

/** Lists of objects in what the field answers; complaints are few. */
function listsOf(field: GraphQLField<unknown, unknown>): string[] {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return [];
  const lists = Object.values(type.getFields()).filter((each) => isList(each.type) && each.name !== 'errors');
  return lists.filter((each) => isCompositeType(getNamedType(each.type))).map(({ name }) => name);
}
