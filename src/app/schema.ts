// type-graphql’s decorators look for it as soon as a class is defined.
import 'reflect-metadata';

import { specifiedDirectives, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type ResolverData } from 'type-graphql';

import { registerEventKinds } from '../feed/event.type.ts';
import { nameProperties } from '../platform/api/asked.ts';
import { assertWeighed, guardActs, type Gate } from '../platform/api/acts.ts';
import type { RequestContext, Resolvers } from '../platform/api/context.ts';
import { enforcePolicies } from '../platform/api/policy.ts';
import { costDirective, listSizeDirective, priceFields } from '../platform/api/price.ts';
import { ACTS_OF_ONE, GUARDED_ACTS } from '../tenancy/act.ts';
import { ApprovalResolver } from '../tenancy/approval.resolver.ts';
import { Case } from '../triage/case.entity.ts';
import { Question } from '../triage/question.entity.ts';
import { AssetClaim } from '../routing/claim.entity.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';
import { Referral } from '../referral/referral.entity.ts';
// Some kinds of entry are written by the flow alone, and exist only once it is loaded: the enum must have them too.
import './flow.ts';
import { resolverClasses } from './resolvers.ts';

/** type-graphql wants one although every subscription here brings its own source. */
const noPubSub = {
  publish: (): void => undefined,
  subscribe: (): never => {
    throw new Error('Subscriptions read the feed.');
  },
};

/** The schema, each root field behind its policy, each field with its price; throws when one was not thought of. */
export function makeSchema(): GraphQLSchema {
  registerEventKinds();
  const built = buildSchemaSync({
    resolvers: resolverClasses,
    orphanedTypes: [Case, Question, AssetClaim, InboxItem, Referral],
    container: ({ context }: ResolverData<RequestContext>) => context.resolvers,
    pubSub: noPubSub,
    directives: [...specifiedDirectives, costDirective, listSizeDirective],
    validate: false,
    emitSchemaFile: false,
    // By introspection at each start, for nothing: graphql-js checks it before it runs the first operation, and a test does.
    skipCheck: true,
  });
  const schema = nameProperties(built);
  const gate: Gate = (context, act, run) => context.resolvers.get(ApprovalResolver).admit(context, act, run);
  return priceFields(enforcePolicies(assertWeighed(guardActs(schema, GUARDED_ACTS, gate), ACTS_OF_ONE)));
}

/** Finds the one instance of each resolver class. */
export function containerOf(instances: readonly object[]): Resolvers {
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  return {
    get: (type) => {
      const instance = byClass.get(type);
      if (!instance) throw new Error(`No resolver ${type.name}.`);
      return instance as InstanceType<typeof type>;
    },
  };
}
