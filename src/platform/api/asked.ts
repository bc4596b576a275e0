import {
  isAbstractType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { Extensions, getMetadataStorage } from 'type-graphql';

import type { Asks } from '../database/transaction.ts';

const KEY = 'reads';

/**
 * Says of a field that is made from a row which of its properties it is made from, besides the key. A row of which a
 * field is asked that does not say so is read as a whole.
 */
export const Reads = (...properties: readonly string[]): MethodDecorator & PropertyDecorator =>
  Extensions({ [KEY]: properties });

const classes = new WeakMap<GraphQLObjectType, object>();

/** Notes of each type its class, and of each field that is a property of it which one. */
export function nameProperties(schema: GraphQLSchema): GraphQLSchema {
  const { objectTypes, fieldResolvers } = getMetadataStorage();
  for (const { name: typeName, target, fields = [] } of objectTypes) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) continue;
    classes.set(type, target);
    const resolved = new Set(
      fieldResolvers.filter(({ getObjectType }) => getObjectType?.() === target).map(({ methodName }) => methodName),
    );
    for (const { name, schemaName } of fields) {
      const field = type.getFields()[schemaName];
      if (!field || resolved.has(name)) continue;
      field.extensions = { ...field.extensions, [KEY]: [name] };
      field.resolve = (row: Readonly<Record<string, unknown>>) => row[name];
    }
  }
  return schema;
}

const known = new WeakMap<DocumentNode, Asks>();

/** What the operations of a document ask of each entity, whichever of them is run. Of a kept document it is known. */
export function askedBy(schema: GraphQLSchema, document: DocumentNode): Asks {
  const asks = known.get(document) ?? asksOf(schema, document);
  known.set(document, asks);
  return asks;
}

function asksOf(schema: GraphQLSchema, document: DocumentNode): Asks {
  const asked = new Map<unknown, Set<string> | null>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name }) => {
        const parent = types.getParentType();
        if (!parent || name.value.startsWith('__')) return;
        for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent])
          if (isObjectType(type)) note(asked, classes.get(type), type.getFields()[name.value]);
      },
    }),
  );
  const nothing: ReadonlySet<string> = new Set();
  return (entity) => (asked.has(entity) ? (asked.get(entity) ?? null) : nothing);
}

function note(
  asked: Map<unknown, Set<string> | null>,
  entity: unknown,
  field: GraphQLField<unknown, unknown> | undefined,
): void {
  const read = field?.extensions[KEY] as readonly string[] | undefined;
  const before = asked.get(entity) ?? (asked.has(entity) ? null : new Set<string>());
  asked.set(entity, before && read ? new Set([...before, ...read]) : null);
}
