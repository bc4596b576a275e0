import { GraphQLError, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema } from 'graphql';

import { MAX_TOKENS, limitRules } from './operation-limits.ts';

const MOST_KEPT = 1_000;

/** Parses and validates for the WebSocket under the same limits as over HTTP, where Apollo does it. Keeps what passed. */
export class OperationStore {
  private readonly kept = new Map<string, DocumentNode>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** The document, or why it is refused. */
  prepare(query: string): DocumentNode | readonly GraphQLError[] {
    const known = this.kept.get(query);
    if (known) return known;
    try {
      const document = parse(query, { maxTokens: MAX_TOKENS });
      const errors = validate(this.schema, document, [...specifiedRules, ...limitRules], { maxErrors: 10 });
      if (errors.length > 0) return errors;
      if (this.kept.size >= MOST_KEPT) this.kept.clear();
      this.kept.set(query, document);
      return document;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }
}
