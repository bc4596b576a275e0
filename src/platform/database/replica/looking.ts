import type { Asks } from '../transaction.ts';

/** Where one operation looks, what for, and how it fared. An object of its own: Apollo copies the context of a request. */
export class Looking {
  /** The replica has let go of it half-way: what it has shown is not to be told, and the primary is to be asked. */
  lost = false;

  constructor(
    /** Why only the primary may be asked; null: the replica may be. */
    public onPrimary: 'change' | 'lost' | null = null,
    /** What it asks of entities; null: not known. */
    readonly asks: Asks | null = null,
  ) {}

  again(): void {
    this.lost = false;
    this.onPrimary = 'lost';
  }

  /** Runs what only looks; once more, and on the primary, where the replica has let go of it. */
  async twice<Result>(run: () => Promise<Result>): Promise<Result> {
    const before = this.onPrimary;
    try {
      const result = await run();
      if (!this.lost) return result;
    } catch (error) {
      if (!this.lost) throw error;
    }
    this.again();
    try {
      return await run();
    } finally {
      this.onPrimary = before;
    }
  }
}
