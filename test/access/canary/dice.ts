/** Choices out of a stream of random numbers, so that a seed says all of them. */
export class Dice {
  constructor(private readonly numbers: Iterator<number>) {}

  below(end: number): number {
    const { value } = this.numbers.next() as { value: number };
    return value % end;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('There is nothing to choose from.');
    return value;
  }
}
