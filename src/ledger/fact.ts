import type { z } from 'zod';

/** The kinds of row that entries are about; each has a SQL function `readers_of_<type>` in its migration. */
export type SubjectType =
  | 'organisation'
  | 'recovery'
  | 'report'
  | 'indicator'
  | 'triage_case'
  | 'question'
  | 'asset_claim'
  | 'inbox_item'
  | 'referral';

/** A kind of entry, defined once: its name, the type of the rows it lists, what it says of each, and its sentence. */
export interface Fact<Row extends { id: string } = { id: string }> {
  readonly kind: string;
  readonly subject: SubjectType;
  /** What the entry says of each row it lists; parsed again whenever the flow reads it. */
  readonly row: z.ZodType<Row>;
  /** One line for a person, given how many rows it lists. */
  readonly summary: (count: number) => string;
}

/** An entry about to be appended: up to any number of rows that all have the same readers. */
export interface Draft {
  readonly fact: Fact;
  readonly rows: readonly { id: string }[];
}

const facts = new Map<string, Fact>();

export function defineFact<Row extends { id: string }>(fact: Fact<Row>): Fact<Row> {
  if (facts.has(fact.kind)) throw new Error(`The fact ${fact.kind} is defined twice.`);
  facts.set(fact.kind, fact);
  return fact;
}

/** Every kind defined by the modules loaded so far. */
export const allFacts = (): Fact[] => [...facts.values()];

export function factOf(kind: string): Fact {
  const fact = facts.get(kind);
  if (!fact) throw new Error(`The ledger holds an entry of the unknown kind ${kind}.`);
  return fact;
}

/** Rows that are known to have the same readers: one row, or rows just made for one reader. */
export function draft<Row extends { id: string }>(fact: Fact<Row>, rows: readonly Row[]): Draft {
  return { fact, rows };
}

export const count = (n: number, one: string, many = `${one}s`): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);
