import { setTimeout as sleep } from 'node:timers/promises';

import { PROVIDERS, type Cast } from './cast.ts';
import { Coordinator } from './coordinator.ts';
import type { Declaration } from './declaration.ts';
import { Desk } from './desk.ts';
import type { Listener } from './listener.ts';

const LOOK_EVERY_MS = 50;

/** The programs of the cast, each on its own socket; one of them is cut in the middle of the story. */
export class Stage {
  readonly coordinator: Coordinator;
  readonly desks: readonly Desk[];
  private readonly cut = Promise.withResolvers<void>();
  private readonly mended = Promise.withResolvers<void>();
  private readonly end = new AbortController();
  private players: readonly Promise<unknown>[] = [];
  private wasCut = false;

  constructor(
    cast: Cast,
    { parties, resources }: Declaration,
    private readonly tell: (what: string) => void,
  ) {
    this.coordinator = new Coordinator(cast.cert, resources, tell, this.cut.promise);
    const told = [...parties.values()];
    const share = (name: string): number => told.filter((party) => party === name).length;
    const busiest = Math.max(...PROVIDERS.map((slug) => share(cast[slug].name)));
    // Nobody is to be told anything, so no line will be cut.
    if (busiest === 0) this.cut.resolve();
    this.desks = PROVIDERS.map((slug) => {
      const isCut = share(cast[slug].name) === busiest;
      return new Desk(cast[slug], resources, (desk, count) => this.hear(desk, count, isCut));
    });
  }

  get listeners(): readonly Listener[] {
    return [this.coordinator.listener, ...this.desks.map(({ listener }) => listener)];
  }

  /** Resolves when everybody listens. */
  async open(): Promise<void> {
    const ready = this.listeners.map((listener) => ({ listener, ...Promise.withResolvers<void>() }));
    this.players = ready.map(({ listener, resolve }) => listener.listen(this.end.signal, resolve));
    await this.unlessFailed(Promise.all(ready.map(({ promise }) => promise)));
  }

  /** The value, or the failure of one of the programs if that comes first. */
  unlessFailed<Value>(act: Promise<Value>): Promise<Value> {
    const endless = Promise.withResolvers<never>().promise;
    return Promise.race([act, Promise.all(this.players).then(() => endless)]);
  }

  /** Resolves when the CERT has decided on so many resources while a line was cut. */
  async decided(count: number): Promise<void> {
    await Promise.all([this.coordinator.handledAll(count), this.cut.promise]);
  }

  /** The line that was cut works again: its program comes back with its cursor. */
  mend(): void {
    this.mended.resolve();
  }

  /** Until everybody has heard and worked through all that there is; gives up at `until`. */
  async quiet(until: number): Promise<void> {
    for (let quiet = 0; quiet < 2 && performance.now() < until;) {
      const caughtUp = await Promise.all(this.listeners.map((listener) => listener.caughtUp()));
      quiet = caughtUp.every(Boolean) ? quiet + 1 : 0;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    this.end.abort();
    await Promise.allSettled(this.players);
  }

  private hear(desk: Desk, count: number, isCut: boolean): void {
    this.tell(`${desk.name} heard of ${count === 1 ? '1 item' : `${count} items`} on its socket`);
    if (!isCut || this.wasCut) return;
    this.wasCut = true;
    desk.listener.cut(this.mended.promise);
    this.cut.resolve();
    this.tell(`the line of ${desk.name} is cut`);
  }
}
