import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** What is sent for the arguments that lists must be given; a field that must be given anything else is left out. */
const GIVEN: Readonly<Record<string, string>> = { first: '20' };

/** Everything that can be selected below a type, so many objects deep. */
export function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (isLeafType(type)) return '';
  if (isAbstractType(type)) {
    const each = schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${selectionOf(schema, one, depth)}`);
    return `{ __typename ${each.join(' ')} }`;
  }
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).flatMap((field) => selected(schema, type.name, field, depth));
  return `{ __typename ${fields.join(' ')} }`;
}

function selected(
  schema: GraphQLSchema,
  parent: string,
  field: GraphQLField<unknown, unknown>,
  depth: number,
): string[] {
  const type = getNamedType(field.type);
  const args = argumentsOf(field);
  if (args === null || (!isLeafType(type) && depth === 0)) return [];
  // Types behind one interface have fields of one name and different types.
  return [`${parent}_${field.name}: ${field.name}${args} ${selectionOf(schema, type, depth - 1)}`];
}

function argumentsOf({ args }: GraphQLField<unknown, unknown>): string | null {
  const required = args.filter(isRequiredArgument);
  if (required.some(({ name, type }) => !(name in GIVEN) || isInputObjectType(getNamedType(type)))) return null;
  return required.length === 0 ? '' : `(${required.map(({ name }) => `${name}: ${GIVEN[name]}`).join(', ')})`;
}

/** Every question that can be asked without naming anything, as deep as it goes. */
export function questionsOf(schema: GraphQLSchema, depth: number): { name: string; source: string }[] {
  return Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap((field) =>
    selected(schema, 'q', field, depth).map((source) => ({ name: field.name, source: `{ ${source} }` })),
  );
}
