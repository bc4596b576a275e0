const OPAQUE = /^[\w-]{20,}$/;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/**
 * Answers as text in which ids are numbered in the order of their first appearance and instants are left out, so that
 * two runs of the same can be compared to the letter. Ids and cursors that wrap others are unwrapped first.
 */
export class Masked {
  private readonly numbers = new Map<string, number>();

  of(value: unknown): string {
    return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? this.text(each) : each), 1);
  }

  private text(text: string): string {
    const inside = OPAQUE.test(text) ? Buffer.from(text, 'base64url').toString() : text;
    // Only what was wrapped in text is unwrapped; other words happen to look like base64.
    const open = /^[\x20-\x7e]*$/.test(inside) ? inside : text;
    return open.replace(INSTANT, 'instant').replace(UUID, (id) => `#${this.numberOf(id)}`);
  }

  private numberOf(id: string): number {
    const number = this.numbers.get(id) ?? this.numbers.size;
    this.numbers.set(id, number);
    return number;
  }
}
