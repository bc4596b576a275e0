import type { Work } from '../platform/database/work.ts';
import type { SchemaGap } from './schema-version.ts';
import { within } from '../platform/within.ts';

/** Why nothing should be sent to this node. */
type NotReady = 'DRAINING' | 'DATABASE_UNAVAILABLE' | SchemaGap['reason'];

/** What /readyz says. A hub that signs nothing serves all the same: it is ready, and says what to mend. */
export interface Health {
  readonly ok: boolean;
  readonly reason?: NotReady;
  readonly proof?: { readonly code: string; readonly message: string; readonly since: string };
}

/** A balancer asks every few seconds and gives up as soon. */
const ANSWER_WITHIN_MS = 2_000;
/** Anybody may ask, and the schema is looked up on a connection of its own: not as often as they like. */
const SCHEMA_EVERY_MS = 5_000;

/** Whether a node can serve, as of now. */
export class Readiness {
  private draining = false;
  private looking: Promise<Health> | null = null;
  private gap: SchemaGap | null = null;
  private gapAt = -Infinity;

  constructor(
    private readonly work: Work,
    private readonly schemaGap: () => Promise<SchemaGap | null>,
  ) {}

  /** From now on it is not: the node is about to stop. */
  drain(): void {
    this.draining = true;
  }

  /** Everybody who asks at the same time gets the answer of one look. Never fails. */
  async read(): Promise<Health> {
    if (this.draining) return { ok: false, reason: 'DRAINING' };
    this.looking ??= this.look().finally(() => (this.looking = null));
    const looking = this.looking;
    return within(ANSWER_WITHIN_MS, looking).catch(() => ({ ok: false, reason: 'DATABASE_UNAVAILABLE' }));
  }

  private async look(): Promise<Health> {
    const health = await readProof(this.work);
    const gap = await this.currentGap();
    return gap ? { ok: false, reason: gap.reason } : health;
  }

  /** What was found last holds until it can be looked up again. */
  private async currentGap(): Promise<SchemaGap | null> {
    if (performance.now() - this.gapAt < SCHEMA_EVERY_MS) return this.gap;
    this.gapAt = performance.now();
    return (this.gap = await this.schemaGap().catch(() => this.gap));
  }
}

async function readProof(work: Work): Promise<Health> {
  const [row] = await work.readAsSystem((tx) =>
    tx.query<{ refusal: string | null; refusal_message: string; refused_at: Date }>(
      'SELECT refusal, refusal_message, refused_at FROM ledger_tree WHERE log_id = 1',
    ),
  );
  if (row?.refusal == null) return { ok: true };
  return { ok: true, proof: { code: row.refusal, message: row.refusal_message, since: row.refused_at.toISOString() } };
}
