import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';

import type { App } from '../app/create-app.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { chargeOf } from './admission.ts';
import { formatError } from './format-error.ts';
import { limitRule } from './limits/measure.ts';
import type { OperationStore } from './prepare-operation.ts';

/** Runs what was admitted over HTTP. */
export function makeApollo(app: App, operations: OperationStore): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: app.schema,
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    // Every document has been through admission, and is found there by the hash at the end of Apollo's key. The limits
    // stand here too, for a document that should ever come past it.
    documentStore: {
      get: (key) => Promise.resolve(operations.find(key.slice(-64))),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
    parseOptions: { maxTokens: operations.limits.tokens },
    validationRules: [limitRule(operations.limits)],
    formatError: (formatted, error) => formatError(formatted, error, app),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo's own page for browsers would load its code from elsewhere.
      ApolloServerPluginLandingPageDisabled(),
      { requestDidStart: () => Promise.resolve({ willSendResponse }) },
    ],
  });
}

interface Answered {
  readonly contextValue: RequestContext;
  readonly response: { readonly body: { kind: string; singleResult?: SingleResult } };
}
interface SingleResult {
  data?: unknown;
  extensions?: Record<string, unknown>;
}

async function willSendResponse({ contextValue, response }: Answered): Promise<void> {
  await contextValue.finish();
  const { singleResult } = response.body;
  const charge = chargeOf(contextValue);
  // What is lost is not told, and so not paid for: it is asked again.
  if (charge && singleResult && !contextValue.looking.lost)
    singleResult.extensions = { ...singleResult.extensions, cost: charge.settle(singleResult.data) };
}
