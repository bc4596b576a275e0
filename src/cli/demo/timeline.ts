/** What happened when, as it happens: milliseconds since the beginning, and since the line before. */
export class Timeline {
  private readonly began = performance.now();
  private last = this.began;

  constructor(private readonly write: (line: string) => void) {}

  tell(what: string): void {
    const now = performance.now();
    const since = (from: number): string => `${Math.round(now - from)} ms`;
    this.write(`${since(this.began).padStart(10)} ${`+${since(this.last)}`.padStart(10)}  ${what}\n`);
    this.last = now;
  }
}
