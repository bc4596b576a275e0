/** One figure of a bench: ours beside a baseline of the same run, judged as a ratio and never in seconds. */
export interface Figure {
  readonly name: string;
  readonly metric: string;
  readonly value: number;
  readonly baseline: number;
  readonly ratio: number;
  /** Lower and upper quartile of the ratios of the pairs. */
  readonly spread: readonly [number, number];
  readonly pairs: number;
  /** What the ratio must reach, and should; 'most' where less is better. */
  readonly bar: number;
  readonly goal: number;
  readonly better: 'least' | 'most';
  readonly meetsBar: boolean;
  readonly meetsGoal: boolean;
}

export interface Target {
  readonly name: string;
  readonly metric: string;
  readonly bar: number;
  readonly goal: number;
  /** 'least': the ratio must be at least the bar. 'most': at most. */
  readonly better: 'least' | 'most';
}

/** One side of a comparison: does the work once and says how much a second it did, or how long it took. */
export type Side = () => Promise<number>;

/** Runs both sides in turn, ours first and then the baseline first, after one unmeasured pair to warm up. */
export async function compare(target: Target, ours: Side, baseline: Side, pairs: number): Promise<Figure> {
  await ours();
  await baseline();
  const measured: { ours: number; baseline: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await ours();
      measured.push({ ours: first, baseline: await baseline() });
    } else {
      const first = await baseline();
      measured.push({ ours: await ours(), baseline: first });
    }
  }
  return toFigure(target, measured);
}

export function toFigure(target: Target, measured: readonly { ours: number; baseline: number }[]): Figure {
  const ratios = measured.map(({ ours, baseline }) => ours / baseline);
  const ratio = quantile(ratios, 0.5);
  const reaches = (limit: number) => (target.better === 'least' ? ratio >= limit : ratio <= limit);
  return {
    ...target,
    value: quantile(
      measured.map(({ ours }) => ours),
      0.5,
    ),
    baseline: quantile(
      measured.map(({ baseline }) => baseline),
      0.5,
    ),
    ratio,
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    pairs: measured.length,
    meetsBar: reaches(target.bar),
    meetsGoal: reaches(target.goal),
  };
}

/** The value below which a share of the values lies; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return low + (high - low) * (place - Math.floor(place));
}

/** Rows a second of a piece of work. */
export async function rate(rows: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (rows / (performance.now() - start)) * 1000;
}
