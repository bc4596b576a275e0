/** Which feeds grew: ids of organisations, or all when a wake-up could not say. */
export type Grown = ReadonlySet<string> | 'all';

type Listener = () => void;

/**
 * Wake-ups inside this process. Each is a hint that may be missed or come twice; whoever is woken looks for itself,
 * and looks now and then without being woken.
 */
export class Signals {
  private readonly followers = new Set<Listener>();
  private readonly feeds = new Map<string, Set<Listener>>();

  /** Calls back whenever the ledger has grown. Returns the way to stop. */
  onLedger(listener: Listener): () => void {
    this.followers.add(listener);
    return () => this.followers.delete(listener);
  }

  /** Calls back whenever this organisation's feed has grown. Returns the way to stop. */
  onFeed(organisationId: string, listener: Listener): () => void {
    const listeners = this.feeds.get(organisationId) ?? new Set();
    this.feeds.set(organisationId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.feeds.get(organisationId) === listeners) this.feeds.delete(organisationId);
    };
  }

  grown(grown: Grown): void {
    for (const listener of this.followers) listener();
    for (const id of grown === 'all' ? this.feeds.keys() : grown) {
      for (const listener of this.feeds.get(id) ?? []) listener();
    }
  }
}
