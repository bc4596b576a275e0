import type { DataSource } from 'typeorm';

import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

/** A credential's use is written down this often at most. */
const EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** Notes when credentials were last used. No request waits for it, and none fails because of it. */
export class ClientUse {
  private readonly notedAt = new Map<string, number>();
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly app: DataSource,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  note(clientId: string): void {
    const now = this.clock.now();
    const noted = this.notedAt.get(clientId);
    if (noted !== undefined && now.getTime() - noted < EVERY_MS) return;
    if (this.notedAt.size >= MOST_REMEMBERED) this.notedAt.clear();
    this.notedAt.set(clientId, now.getTime());
    const write = this.app.query('SELECT note_use($1, $2)', [clientId, now]).then(
      () => undefined,
      (error: unknown) => this.log.warn({ error: String(error) }, 'the use of a credential could not be noted'),
    );
    this.writing.add(write);
    void write.finally(() => this.writing.delete(write));
  }

  /** When everything that was noted is written; before the connections are closed. */
  async written(): Promise<void> {
    await Promise.all(this.writing);
  }
}
