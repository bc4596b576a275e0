import type { Tx } from '../platform/database/tx.ts';
import { append, theHub } from './append.ts';
import { draft, type Fact } from './fact.ts';

/** Tells every operator, each in its own feed; once a row. `rows` are without the id, which is the operator's own. */
export async function tellOperators<Row extends { id: string }>(
  tx: Tx,
  at: Date,
  fact: Fact<Row>,
  rows: readonly Omit<Row, 'id'>[],
): Promise<void> {
  const operators = await tx.query<{ id: string }>(
    "SELECT id FROM organisation WHERE 'OPERATOR' = ANY (roles) ORDER BY id",
  );
  await append(
    tx,
    theHub(at),
    operators.flatMap(({ id }) => rows.map((row) => draft<{ id: string }>(fact as unknown as Fact, [{ ...row, id }]))),
  );
}
