import fc from 'fast-check';

/** One reader of what strangers send, and what must hold whatever that is. */
export interface Target {
  readonly name: string;
  /** `tell` hears of each input whether it was accepted, and how long it took. */
  readonly property: (tell: (accepted: boolean, ms: number) => void) => fc.IRawProperty<unknown, true>;
}

/** `holds` throws where it does not; it returns whether the input was accepted, so that a run shows that it reached both. */
export function target<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  holds: (input: Input) => boolean | Promise<boolean>,
): Target {
  const property: Target['property'] = (tell) =>
    fc.asyncProperty(inputs, async (input) => {
      const began = performance.now();
      tell(await holds(input), performance.now() - began);
    });
  return { name, property };
}

/** Says what does not hold; the input is shown by the runner. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export function same(one: unknown, other: unknown, what: string): void {
  const [left, right] = [one, other].map((value) => JSON.stringify(value, (_key, each) => textOf(each)));
  must(left === right, `${what}: ${left} is not ${right}`);
}

const textOf = (value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

/** Only what a reader says that it throws may come out of it; null: it did. */
export async function orRefused<Value>(
  act: () => Value | Promise<Value>,
  ...kinds: readonly (abstract new (...args: never[]) => Error)[]
): Promise<Value | null> {
  try {
    return await act();
  } catch (error) {
    if (kinds.some((kind) => error instanceof kind)) return null;
    throw error;
  }
}

/** Texts near to good ones: with parts cut out, said twice or a thousand times, or put in from these words and from anywhere. */
export function mangled(seeds: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 3 }));
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(200)),
    word,
    times: fc.oneof({ weight: 20, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(3000) }),
  });
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 }))
    .map(([seed, edits]) =>
      edits.reduce((text, { at, cut, word: put, times }) => edited(text, { at, cut, put: put.repeat(times) }), seed),
    );
}

function edited(text: string, { at, cut, put }: { at: number; cut: number; put: string }): string {
  const place = Math.floor(at * text.length);
  return text.slice(0, place) + put + text.slice(place + cut);
}
