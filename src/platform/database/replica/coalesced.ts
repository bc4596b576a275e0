const settled = (): void => undefined;

/** A question that many ask at once. Whoever comes while it is under way waits for the next: that was sent after it came. */
export class Coalesced<Answer> {
  private underWay: Promise<Answer> | null = null;
  private next: Promise<Answer> | null = null;

  constructor(private readonly ask: () => Promise<Answer>) {}

  /** The answer to a question that is sent after this call. */
  get(): Promise<Answer> {
    if (!this.underWay) return this.begin();
    this.next ??= this.underWay.then(settled, settled).then(() => {
      this.next = null;
      return this.begin();
    });
    return this.next;
  }

  private begin(): Promise<Answer> {
    const asked = this.ask();
    this.underWay = asked;
    const end = () => {
      if (this.underWay === asked) this.underWay = null;
    };
    asked.then(end, end);
    return asked;
  }
}
