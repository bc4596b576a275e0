import { Looking } from '../database/replica/looking.ts';
import type { Look, Tx } from '../database/tx.ts';
import type { Work } from '../database/work.ts';
import { Denial, type RefusalCode } from '../errors.ts';
import type { Viewer } from '../viewer.ts';

/** Where resolvers come from: type-graphql's container, also for subscriptions, which it calls outside of any instance. */
export interface Resolvers {
  // The constructor's own parameters are the business of create-app alone.
  get<Instance>(type: abstract new (...parameters: never[]) => Instance): Instance;
}

/**
 * What resolvers share during one operation: who asks, and one lazy look at the database. A mutation closes the look
 * first, so that its payload is read from what it has just committed, and a pool of one connection is enough.
 */
export class RequestContext {
  private open: Promise<Look> | null = null;
  private finished = false;

  constructor(
    private readonly work: Work,
    private readonly who: Viewer | null,
    /** Whether the credential still holds; asked again before each page of a subscription. */
    readonly stillHolds: () => Promise<boolean>,
    readonly resolvers: Resolvers,
    /** Where it looks, and whether what it saw can be told. */
    readonly looking = new Looking(),
  ) {}

  get viewer(): Viewer {
    if (!this.who) throw new Denial('UNAUTHENTICATED', 'Send an API key: Authorization: Bearer tocsin_...');
    return this.who;
  }

  get signedIn(): boolean {
    return this.who !== null;
  }

  /** A mutation was refused, for who counts. */
  refused(_code: RefusalCode): void {
    // Nobody counts here.
  }

  /** The operation's one READ ONLY snapshot; opened by the first who asks. */
  read(): Promise<Tx> {
    // When one field fails, the answer goes out while its siblings still run: a look of theirs would never be closed.
    if (this.finished) return Promise.reject(new Error('The operation was answered already.'));
    return (this.open ??= this.work.openRead(this.viewer, this.looking));
  }

  /** Ends the look. Whatever is read afterwards is read anew. Called after each answer and before each change. */
  async endRead(): Promise<void> {
    const open = this.open;
    this.open = null;
    loadersOf.delete(this);
    // A look that could not be opened was reported to whoever asked for it, and needs no end.
    const tx = await open?.catch(() => null);
    if (tx) await this.work.closeRead(tx);
  }

  /** Ends the last look: the operation was answered, or nobody waits for its answer any more. */
  async finish(): Promise<void> {
    this.finished = true;
    await this.endRead();
  }
}

/** Loaders of an operation, kept here so that no list of them need exist; emptied whenever its look ends. */
export const loadersOf = new WeakMap<RequestContext, Map<object, unknown>>();
