import {
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';

/** What lists must be given; a field that must be given anything else is left out. */
const GIVEN: Readonly<Record<string, string>> = { first: '20' };

/** Selections below a type that each ask for one value alone, so many objects deep. */
export function eachAlone(type: GraphQLObjectType, depth: number): string[] {
  return Object.values(type.getFields()).flatMap((field) => {
    const args = argumentsOf(field);
    if (args === null) return [];
    const below = getNamedType(field.type);
    if (isLeafType(below)) return [`{ ${field.name}${args} }`];
    if (!isObjectType(below)) return [`{ ${field.name}${args} { __typename } }`];
    // A page and its edges are on the way to their rows.
    const deeper = /(Connection|Edge)$/.test(below.name) ? depth : depth - 1;
    return deeper < 0 ? [] : eachAlone(below, deeper).map((selection) => `{ ${field.name}${args} ${selection} }`);
  });
}

function argumentsOf({ args }: GraphQLField<unknown, unknown>): string | null {
  const required = args.filter(isRequiredArgument);
  if (required.some(({ name }) => !(name in GIVEN))) return null;
  return required.length === 0 ? '' : `(${required.map(({ name }) => `${name}: ${GIVEN[name]}`).join(', ')})`;
}
