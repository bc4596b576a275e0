import {
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

import { sha256 } from '../platform/ids.ts';
import { Bill } from './limits/bill.ts';
import type { OperationLimits } from './limits/limits.ts';
import { excesses, tooLarge } from './limits/measure.ts';
import { weighSent } from './limits/sent.ts';
import { trustedText, type TrustedDocuments } from './limits/trusted-documents.ts';

/** A client has a handful of operations; what is kept must not be a way to fill the hub's memory. */
const MOST_KEPT = 200;
const MOST_KEPT_LENGTH = 10_000;
const MOST_ERRORS = 10;

const NO_OPERATION =
  '`operationName` must name one of the operations of the document; it may be left out where there is one.';

/** An operation as it comes in at either door. */
export interface Asked {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/** What may be run. */
export interface Prepared {
  readonly query: string;
  readonly document: DocumentNode;
  /** The one of the document that was asked for. */
  readonly operation: OperationDefinitionNode;
  readonly bill: Bill;
  /** Points that it is reckoned to cost. */
  readonly cost: number;
}

/** Takes in every document, over HTTP and WebSocket alike, under the same limits. Keeps what passed. */
export class OperationStore {
  private readonly kept = new Map<string, DocumentNode>();

  constructor(
    private readonly schema: GraphQLSchema,
    readonly limits: OperationLimits,
    private readonly trusted: TrustedDocuments | null = null,
  ) {}

  /** What may be run, or why it is refused; null where no document was sent at all. */
  prepare(asked: Asked): Prepared | readonly GraphQLError[] | null {
    const query = this.textOf(asked);
    if (typeof query !== 'string') return query;
    const document = this.read(query);
    if (!('kind' in document)) return document;
    const { inputDepth, cost: most } = this.limits;
    const sent = weighSent(asked.variables, inputDepth);
    if (sent.deeper) return [tooLarge(`The variables are nested deeper than ${inputDepth} levels.`)];
    const name = typeof asked.operationName === 'string' ? asked.operationName : null;
    const operation = getOperationAST(document, name);
    if (!operation) return [refused('OPERATION_RESOLUTION_FAILURE', NO_OPERATION)];
    const variables = isObject(asked.variables) ? asked.variables : {};
    const bill = new Bill(this.schema, document, operation, variables, sent.points);
    const cost = bill.requested();
    if (cost > most)
      return [tooLarge(`The operation would cost ${Math.ceil(cost)} points, and ${most} is the most.`, operation)];
    return { query, document, operation, bill, cost };
  }

  /** A document that passed, by the SHA-256 of its text in hex; undefined once forgotten. */
  find(hash: string): DocumentNode | undefined {
    return this.kept.get(hash);
  }

  private textOf({ query, documentId }: Asked): string | readonly GraphQLError[] | null {
    if (documentId !== undefined && documentId !== null) {
      const text = this.trusted && trustedText(this.trusted, documentId);
      return text ?? [refused('DOCUMENT_UNKNOWN', 'This hub has no document of this id: ask by "query".')];
    }
    if (typeof query !== 'string') return null;
    if (this.trusted?.only && !this.trusted.texts.has(sha256(query).toString('hex')))
      return [refused('DOCUMENT_NOT_TRUSTED', 'This hub takes no documents but those it knows.')];
    return query;
  }

  /** The document. Its size comes first: to validate what is too large costs seconds. */
  private read(query: string): DocumentNode | readonly GraphQLError[] {
    const key = sha256(query).toString('hex');
    const known = this.kept.get(key);
    if (known) return known;
    const { length, tokens } = this.limits;
    if (query.length > length) return [tooLarge(`The document is longer than ${length} characters.`)];
    const document = parsed(query, tokens);
    if (!('kind' in document)) return document;
    const errors = excesses(document, this.limits);
    if (errors.length === 0) errors.push(...validate(this.schema, document, undefined, { maxErrors: MOST_ERRORS }));
    if (errors.length > 0) return errors;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    if (query.length <= MOST_KEPT_LENGTH) this.kept.set(key, document);
    return document;
  }
}

const refused = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(query: string, maxTokens: number): DocumentNode | readonly GraphQLError[] {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source = null, positions = null } = error;
    return [new GraphQLError(message, { source, positions, extensions: { code: 'GRAPHQL_PARSE_FAILED' } })];
  }
}
