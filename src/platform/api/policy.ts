import { defaultFieldResolver, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { Extensions } from 'type-graphql';

import { Denial } from '../errors.ts';
import type { Permission, Viewer } from '../viewer.ts';
import type { RequestContext } from './context.ts';

/** Who may ask a root field: holders of a permission, or anybody signed in, for a reason that must be given. */
export type Policy = { readonly may: readonly Permission[] } | { readonly anyone: string };

const KEY = 'policy';

/** The field is for credentials that hold one of these permissions. */
export const May = (...permissions: readonly [Permission, ...Permission[]]): MethodDecorator & PropertyDecorator =>
  Extensions({ [KEY]: { may: permissions } satisfies Policy });

/** The field is for every credential, because of what `reason` says. */
export const Anyone = (reason: string): MethodDecorator & PropertyDecorator =>
  Extensions({ [KEY]: { anyone: reason } satisfies Policy });

/** The root fields of a schema with their policies. */
export function rootFields(schema: GraphQLSchema): { name: string; field: GraphQLField<unknown, RequestContext> }[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots
    .filter((root): root is GraphQLObjectType => root != null)
    .flatMap((root) => Object.values(root.getFields()).map((field) => ({ name: `${root.name}.${field.name}`, field })));
}

export function policyOf(field: GraphQLField<unknown, RequestContext>): Policy | undefined {
  return field.extensions[KEY] as Policy | undefined;
}

/**
 * Puts each root field behind its policy. Throws for a field without one, or with an empty reason: a hub with an
 * unguarded field does not start.
 */
export function enforcePolicies(schema: GraphQLSchema): GraphQLSchema {
  for (const { name, field } of rootFields(schema)) {
    const policy = policyOf(field);
    if (!policy || ('anyone' in policy && policy.anyone.trim() === '')) throw new Error(`${name} has no policy.`);
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (source, args, context, info) => {
      assertMay(context.viewer, policy, name);
      return resolve(source, args, context, info);
    };
    const subscribe = field.subscribe;
    if (!subscribe) continue;
    field.subscribe = (source, args, context, info) => {
      assertMay(context.viewer, policy, name);
      return subscribe(source, args, context, info);
    };
  }
  return schema;
}

/** FORBIDDEN unless the policy lets the viewer ask; `name` is what was asked. */
export function assertMay({ permissions }: Viewer, policy: Policy, name: string): void {
  if ('may' in policy && !policy.may.some((permission) => permissions.has(permission))) {
    throw new Denial('FORBIDDEN', `${name} needs the permission ${policy.may.join(' or ')}.`);
  }
}
