import type { BucketSize } from './limits.ts';

interface Level {
  points: number;
  at: number;
}

/** More askers than this at once share one bucket: to remember each must not be a way to fill the hub's memory. */
const MOST_REMEMBERED = 10_000;
const EVERYBODY_ELSE = '';

/** One leaky bucket of points for each asker, on this node. One that is full again is forgotten. */
export class Buckets {
  private readonly levels = new Map<string, Level>();

  constructor(
    readonly size: BucketSize,
    private readonly now: () => number = () => performance.now(),
  ) {}

  available(asker: string): number {
    return this.levelOf(asker).points;
  }

  /** Takes the points and answers null; or takes nothing and answers the seconds until they are there. */
  take(asker: string, points: number): number | null {
    const level = this.levelOf(asker);
    // What is more than a bucket holds is let in when it is full, and paid off afterwards.
    const needed = Math.min(points, this.size.maximum);
    if (level.points < needed) return Math.max(1, Math.ceil((needed - level.points) / this.size.restoreRate));
    level.points -= points;
    return null;
  }

  /** Adds, or takes away what was used and not asked for; debts have an end. */
  give(asker: string, points: number): void {
    const level = this.levelOf(asker);
    level.points = Math.max(-this.size.maximum, Math.min(this.size.maximum, level.points + points));
  }

  private levelOf(asker: string): Level {
    const known = this.levels.get(asker);
    if (known) return this.restore(known);
    if (this.levels.size >= MOST_REMEMBERED) this.forgetFull();
    if (this.levels.size >= MOST_REMEMBERED && asker !== EVERYBODY_ELSE) return this.levelOf(EVERYBODY_ELSE);
    const level = { points: this.size.maximum, at: this.now() };
    this.levels.set(asker, level);
    return level;
  }

  private restore(level: Level): Level {
    const now = this.now();
    const restored = level.points + ((now - level.at) / 1_000) * this.size.restoreRate;
    return Object.assign(level, { points: Math.min(this.size.maximum, restored), at: now });
  }

  private forgetFull(): void {
    for (const [asker, level] of this.levels) {
      if (this.restore(level).points >= this.size.maximum) this.levels.delete(asker);
    }
  }
}
