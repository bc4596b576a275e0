/** Questions under way, by a name: whoever asks the same meanwhile waits for the same answer. None is kept. */
export class Shared<Answer> {
  private readonly underWay = new Map<string, Promise<Answer>>();

  join(name: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.underWay.get(name);
    if (known) return known;
    const asked = ask().finally(() => this.underWay.delete(name));
    this.underWay.set(name, asked);
    return asked;
  }
}
