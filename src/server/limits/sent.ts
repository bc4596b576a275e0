/** What a request brings beside its document, or in it. */
export interface Sent {
  /** Points: one for each item of a list, one for each full thousand characters of a text. */
  readonly points: number;
  readonly deeper: boolean;
}

const TEXT_FOR_A_POINT = 1_000;

/** Weighs values, to `depth` levels. Without recursion: what a stranger nests must not be able to end the stack. */
export function weighSent(values: unknown, depth: number): Sent {
  let points = 0;
  const waiting: { readonly value: unknown; readonly level: number }[] = [{ value: values, level: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, level } = next;
    if (typeof value === 'string') points += Math.floor(value.length / TEXT_FOR_A_POINT);
    if (typeof value !== 'object' || value === null) continue;
    if (level > depth) return { points, deeper: true };
    const list = Array.isArray(value);
    for (const each of list ? (value as unknown[]) : Object.values(value)) {
      if (list) points += 1;
      if (typeof each === 'object' || typeof each === 'string') waiting.push({ value: each, level: level + 1 });
    }
  }
  return { points, deeper: false };
}
