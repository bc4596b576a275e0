import { GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';

/** RFC 3339 instants with an offset; answered in UTC with milliseconds. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant, RFC 3339, e.g. `2017-04-24T09:30:00Z`. An offset is required; answers are in UTC.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value instanceof Date ? value : GraphQLDateTime.parseValue(value)).toISOString(),
  parseValue: (value) => GraphQLDateTime.parseValue(value),
  parseLiteral: (node) =>
    GraphQLDateTime.parseValue(node.kind === Kind.STRING ? node.value : valueFromASTUntyped(node)),
});

export const JsonObject = GraphQLJSONObject;
