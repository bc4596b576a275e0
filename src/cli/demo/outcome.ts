import { table } from '../output.ts';
import type { Proven } from './proof.ts';

/** What the demo found: the object that it prints with --json. */
export interface Figures extends Proven {
  /** Rows of the report. */
  readonly indicators: number;
  readonly accepted: number;
  readonly refused: number;
  /** Of the accepted: on which nobody can act. */
  readonly context: number;
  readonly cases: number;
  readonly referrals: number;
  /** Pairs of resource and role that the fixture declared to have a party. */
  readonly expectedTold: number;
  readonly told: number;
  /** Resources for which the CERT confirmed that nobody can be found, by reason. */
  readonly noParty: Readonly<Record<string, number>>;
  readonly untold: number;
  readonly acknowledged: number;
  readonly actioned: number;
  readonly declined: number;
  /** Items that a reseller answered for the registrar. */
  readonly delegated: number;
  /** Items that were undone because the CERT took a case back. */
  readonly retracted: number;
  readonly resumedWithoutLoss: boolean;
  readonly strangerAsked: number;
  readonly strangerSaw: number;
  /** Distinct entries in all feeds that were read. */
  readonly ledgerEntries: number;
  readonly feedsDense: boolean;
  readonly p50SubmitToDeliveryMs: number | null;
  readonly p99SubmitToDeliveryMs: number | null;
}

export interface Outcome {
  readonly figures: Figures;
  /** What is wrong, one sentence each. Empty: it holds. */
  readonly faults: readonly string[];
}

/** The value below which a share of the values lies; null of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

export function describeOutcome({ figures, faults }: Outcome): string {
  const { noParty, ...rest } = figures;
  const rows = Object.entries({ ...rest, noParty: JSON.stringify(noParty) }).map(([name, value]) => [
    name,
    String(value),
  ]);
  const shown = faults.slice(0, 20).map((fault) => `  ${fault}`);
  const more = faults.length > shown.length ? [`  ... and ${faults.length - shown.length} more`] : [];
  const verdict =
    faults.length === 0
      ? 'Everybody who can act was told, nothing was lost, and no stranger saw anything.'
      : ['It does not hold:', ...shown, ...more].join('\n');
  return `${table(['', ''], rows).trimStart()}\n\n${verdict}`;
}
