import type { Tx } from '../platform/database/tx.ts';
import { GenerationOpened } from './log.facts.ts';
import { tellOperators } from './operators.ts';

/**
 * For a ledger that was restored: numbers of its feeds may be given to other entries than before, so that every cursor
 * of an earlier generation is answered with a gap. `past`: the newest generation known outside the database; when the
 * ledger is beyond it already, nothing happens and null is answered.
 */
export async function openGeneration(tx: Tx, at: Date, past?: number): Promise<number | null> {
  const [head] = await tx.query<{ generation: number; size: string }>(
    `UPDATE ledger_head SET generation = greatest(generation, $1::int) + 1
      WHERE log_id = 1 AND ($1::int IS NULL OR generation <= $1) RETURNING generation, size`,
    [past ?? null],
  );
  if (!head) return null;
  await tellOperators(tx, at, GenerationOpened, [{ generation: String(head.generation), size: head.size }]);
  return head.generation;
}
