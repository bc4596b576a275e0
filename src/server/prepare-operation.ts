import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';

import { sha256 } from '../platform/ids.ts';
import { MAX_TOKENS, excesses } from './operation-limits.ts';

/** A client has a handful of operations; what is kept must not be a way to fill the hub's memory. */
const MOST_KEPT = 200;
const MOST_KEPT_LENGTH = 10_000;
const MOST_ERRORS = 10;

/** Takes in every document, over HTTP and WebSocket alike, under the same limits. Keeps what passed. */
export class OperationStore {
  private readonly kept = new Map<string, DocumentNode>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** The document, or why it is refused. Its size comes first: to validate what is too large costs seconds. */
  prepare(query: string): DocumentNode | readonly GraphQLError[] {
    const key = sha256(query).toString('hex');
    const known = this.kept.get(key);
    if (known) return known;
    const document = read(query);
    if (!('kind' in document)) return document;
    const errors = excesses(document);
    if (errors.length === 0) errors.push(...validate(this.schema, document, undefined, { maxErrors: MOST_ERRORS }));
    if (errors.length > 0) return errors;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    if (query.length <= MOST_KEPT_LENGTH) this.kept.set(key, document);
    return document;
  }

  /** A document that passed, by the SHA-256 of its text in hex; undefined once forgotten. */
  find(hash: string): DocumentNode | undefined {
    return this.kept.get(hash);
  }
}

function read(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source = null, positions = null } = error;
    return [new GraphQLError(message, { source, positions, extensions: { code: 'GRAPHQL_PARSE_FAILED' } })];
  }
}
