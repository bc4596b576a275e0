import type pg from 'pg';

import { Alarm } from '../platform/alarm.ts';
import type { Clock } from '../platform/clock.ts';
import { connectPipelined } from '../platform/database/connection.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { inSpan } from '../platform/spans.ts';
import { Unsigned } from './anchor.ts';
import { readLogState, signCheckpoint, signKeys, usable, type LogState, type Notary } from './checkpoint.ts';
import { openGeneration } from './generation.service.ts';
import { endLogKey } from './log-key.service.ts';
import { CheckpointRefused } from './log.facts.ts';
import { tellOperators } from './operators.ts';
import type { Sequencer } from './sequencer.ts';
import type { Signals } from './signals.ts';
import { integrate } from './tree.ts';

/** Entries are built into the tree this often at most, so that one transaction serves many batches. */
const PACE_MS = 100;
const IDLE_MS = 1_000;
const RETRY_MS = 500;

export interface KeeperParts {
  readonly url: string;
  readonly work: Work;
  readonly clock: Clock;
  readonly log: Log;
  readonly notary: Notary;
  /** How often a checkpoint is signed, at most. */
  readonly checkpointEveryMs: number;
}

/**
 * On the node that leads: builds what is numbered into the tree, and signs it once a second when it grew. Apart from
 * the numbering, on a connection of its own: neither waits for the other.
 */
export class LogKeeper {
  private client: pg.Client | null = null;
  private stopped = false;
  private signedAt = 0;
  /** The refusal that was told last; undefined: not known yet. */
  private told: string | null | undefined;
  /** Why witnesses that are not needed did not sign, as it was told last. */
  private missed = '';
  private readonly alarm = new Alarm();
  private readonly pace = new Alarm();
  private loop: Promise<void> = Promise.resolve();
  private ignore: () => void = () => undefined;

  constructor(
    private readonly sequencer: Pick<Sequencer, 'leadsInEpoch'>,
    private readonly signals: Signals,
    private readonly parts: KeeperParts,
  ) {}

  start(): void {
    this.ignore = this.signals.onLedger(() => this.alarm.ring());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.ignore();
    this.alarm.ring();
    this.pace.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const pending = await this.round();
        await this.pace.wait(PACE_MS);
        if (!pending) await this.alarm.wait(IDLE_MS);
      } catch (error) {
        this.parts.log.warn({ error: String(error) }, 'the tree could not be built or signed, and is tried again');
        await this.disconnect();
        await this.pace.wait(RETRY_MS);
      }
    }
    await this.disconnect();
  }

  /** Whether there is something to sign that has to wait for its time. */
  private async round(): Promise<boolean> {
    const epoch = this.sequencer.leadsInEpoch;
    if (epoch === null) {
      await this.disconnect();
      this.told = undefined;
      return false;
    }
    const client = (this.client ??= await this.connect());
    while (!this.stopped && (await integrate(client, epoch)) > 0);
    if (Date.now() - this.signedAt < this.parts.checkpointEveryMs) return true;
    this.signedAt = Date.now();
    await this.sign(client, epoch);
    return false;
  }

  private async sign(client: pg.ClientBase, epoch: string): Promise<void> {
    const { work, clock, notary } = this.parts;
    const state = await readLogState(client, epoch);
    try {
      const grew = state.tree.size > (state.last?.size ?? -1);
      // Also when it begins to lead, and when it refused: what was signed before is compared though nothing is new.
      if (grew || this.told !== null)
        this.miss(await inSpan('checkpoint', {}, () => signCheckpoint(client, notary, state, clock.now())));
      if (await this.retireKeys(state)) await this.publishKeys(await readLogState(client, epoch));
      else await this.publishKeys(state);
      if (this.told !== null) await work.asSystem((tx) => tx.query(CLEAR));
      this.told = null;
    } catch (error) {
      if (!(error instanceof Unsigned)) throw error;
      await this.refuse(state, error);
    }
  }

  /** Published all the same; told once, and once more when it is over. */
  private miss(reasons: readonly string[]): void {
    const missed = reasons.join(' ');
    if (missed === this.missed) return;
    this.missed = missed;
    if (missed === '') this.parts.log.info({}, 'every witness signs again');
    else this.parts.log.warn({ missed }, 'a checkpoint was published without the signature of a witness');
  }

  /** Keys whose time is over end at what they have just signed. */
  private async retireKeys({ keys, tree }: LogState): Promise<boolean> {
    const { work, clock } = this.parts;
    const now = clock.now();
    const due = keys.log.filter(({ until, retireAt }) => until === null && retireAt !== null && retireAt <= now);
    if (due.length === 0) return false;
    await work.asSystem(async (tx) => {
      for (const key of due) await endLogKey(tx, now, key, Math.max(key.from, tree.size));
    });
    return true;
  }

  private async publishKeys(state: LogState): Promise<void> {
    const note = await signKeys(this.parts.notary.vault, state);
    if (note === state.keysNote) return;
    await this.parts.work.asSystem((tx) => tx.query('UPDATE ledger_tree SET keys_note = $1 WHERE log_id = 1', [note]));
  }

  /** A state of health that every node shows, and an alarm that stays; nothing else stops. */
  private async refuse({ origin, generation }: LogState, { code, message }: Unsigned): Promise<void> {
    const { work, clock, log, notary } = this.parts;
    if (this.told === code) return;
    const at = clock.now();
    await work.asSystem(async (tx) => {
      if (code === 'BEHIND_ANCHOR' || code === 'INCONSISTENT') {
        const { anchor } = notary;
        const anchored = anchor && (await usable(anchor, () => anchor.read(origin)));
        // Its clients may hold cursors beyond what is here, whose numbers are about to be given to other entries.
        await openGeneration(tx, at, anchored?.generation ?? generation);
      }
      const [changed] = await tx.query(REFUSE, [code, message, at]);
      if (changed) await tellOperators(tx, at, CheckpointRefused, [{ code, message }]);
    });
    this.told = code;
    log.error({ code }, message);
  }

  private async connect(): Promise<pg.Client> {
    const client = await connectPipelined(this.parts.url, 'tocsin_log');
    client.on('error', () => void this.disconnect(client));
    return client;
  }

  private async disconnect(client = this.client): Promise<void> {
    if (client === null || client !== this.client) return;
    this.client = null;
    await client.end().catch(() => undefined);
  }
}

const CLEAR = `UPDATE ledger_tree SET refusal = NULL, refusal_message = NULL, refused_at = NULL WHERE log_id = 1 AND refusal IS NOT NULL`;
const REFUSE = `UPDATE ledger_tree SET refusal = $1, refusal_message = $2, refused_at = $3
  WHERE log_id = 1 AND refusal IS DISTINCT FROM $1 RETURNING log_id`;
