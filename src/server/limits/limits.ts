/** How large an operation may be; the same over HTTP and WebSocket. */
export interface OperationLimits {
  /** Characters of a document: comments and commas are no tokens. */
  readonly length: number;
  readonly tokens: number;
  /** Operations and fragments of a document. */
  readonly definitions: number;
  /** Of one operation. */
  readonly variables: number;
  readonly depth: number;
  readonly fields: number;
  /** Everything that is selected, spreads too, a fragment as often as it is spread. */
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
  /**
   * One field with a selection, again and again in one place, be it by fragments: graphql-js compares each with each, at
   * their depth.
   */
  readonly repeats: number;
  /** How deep the values may be nested that are sent beside the document, or in it. */
  readonly inputDepth: number;
  /** Points; see `@cost` and `@listSize` in the schema. */
  readonly cost: number;
  /** For the work of one request, in the database above all; and of one at the path for large submissions. */
  readonly withinMs: number;
  readonly bulkWithinMs: number;
}

export const OPERATION_LIMITS: OperationLimits = {
  length: 50_000,
  tokens: 2_000,
  definitions: 50,
  variables: 100,
  depth: 12,
  fields: 500,
  selections: 1_000,
  aliases: 30,
  directives: 50,
  repeats: 20,
  inputDepth: 16,
  cost: 25_000,
  withinMs: 30_000,
  bulkWithinMs: 120_000,
};

/** A bucket of points: what it holds when full, and what comes back to it each second. */
export interface BucketSize {
  readonly maximum: number;
  readonly restoreRate: number;
}

/** How much may be asked in how much time, on this node. */
export interface RateLimits {
  readonly client: BucketSize;
  /** Of everybody at one address who shows no credential, or a wrong one. */
  readonly address: BucketSize;
  /** What a wrong credential, or a document that is refused, costs its sender. */
  readonly fine: number;
}

const RATE_LIMITS: RateLimits = {
  client: { maximum: 200_000, restoreRate: 2_000 },
  address: { maximum: 20_000, restoreRate: 200 },
  fine: 5,
};

/** How much a node takes on at once; what is more is answered SERVICE_OVERLOADED. */
export interface LoadLimits {
  /** Operations under way, for each connection of the pool for requests; subscriptions do not count. */
  readonly forEachConnection: number;
  /** As many are let in however small the pool is. */
  readonly atLeast: number;
  /** Changes are taken while fewer entries wait for their number, and none for as long. */
  readonly inboxEntries: number;
  readonly inboxSeconds: number;
}

/** A connection serves some tens of small requests a second: ten each are answered well within a second or two. */
const LOAD_LIMITS: LoadLimits = { forEachConnection: 10, atLeast: 100, inboxEntries: 10_000, inboxSeconds: 60 };

/** Everything that bounds a request. */
export interface Limits {
  readonly operation: OperationLimits;
  readonly rate: RateLimits;
  readonly load: LoadLimits;
}

/** What a hub, or a test, wants otherwise. */
export interface LimitOptions {
  readonly operation?: Partial<OperationLimits>;
  readonly rate?: Partial<RateLimits>;
  readonly load?: Partial<LoadLimits>;
}

export const limitsWith = ({ operation, rate, load }: LimitOptions = {}): Limits => ({
  operation: { ...OPERATION_LIMITS, ...operation },
  rate: { ...RATE_LIMITS, ...rate },
  load: { ...LOAD_LIMITS, ...load },
});
