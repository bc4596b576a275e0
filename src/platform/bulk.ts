import { Refusal, notFound, type RefusalCode } from './errors.ts';

/** Why one item of a bulk request was left as it is. */
export interface Refused {
  readonly refused: { readonly code: RefusalCode; readonly message: string };
}

/** The answer to one item of a bulk request, in the order asked. */
export type BulkAnswer = { readonly id: string } | Refused;

export interface BulkAnswers {
  readonly answers: readonly BulkAnswer[];
  /** Null when every item was refused. */
  readonly entryId: string | null;
}

/** A row that the caller decides on, and the version that it has seen. */
export interface Ref {
  readonly id: string;
  readonly expectedVersion?: number | null;
}

export interface Versioned {
  readonly id: string;
  readonly state: string;
  readonly version: number;
}

const MOST = 1000;

/** From 1 to 1,000 items; TOO_MANY otherwise. */
export function checkBulkSize(items: readonly unknown[], path: string): void {
  if (items.length < 1 || items.length > MOST) throw new Refusal('TOO_MANY', `From 1 to ${MOST} at once.`, [path]);
}

/** What an item's own act gives, or its refusal: one item never spoils another. */
export function attempt<Done>(act: () => Done): Done | Refused {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: { code: error.code, message: error.message } };
  }
}

/**
 * Pairs what was asked with the rows that were found and locked: the answers as asked, and the rows taken, each once.
 * A lost race is CONFLICT and says what the row is now; a row of somebody else is not found.
 */
export function takeEach<Row extends Versioned>(
  refs: readonly Ref[],
  ids: readonly (string | null)[],
  found: readonly Row[],
  check: (row: Row) => void,
): { answers: BulkAnswer[]; taken: Row[] } {
  const byId = new Map(found.map((row) => [row.id, row]));
  const taken = new Map<string, Row>();
  const answers = refs.map(({ expectedVersion }, index) =>
    attempt(() => {
      const row = byId.get(ids[index] ?? '');
      if (!row) throw notFound();
      if (expectedVersion != null && expectedVersion !== row.version) {
        throw new Refusal('CONFLICT', `It has changed: it is ${row.state}, version ${row.version}.`);
      }
      check(row);
      taken.set(row.id, row);
      return { id: row.id };
    }),
  );
  return { answers, taken: [...taken.values()] };
}
