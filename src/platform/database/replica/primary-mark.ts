import type pg from 'pg';

import { within } from '../../within.ts';
import { Coalesced } from './coalesced.ts';
import { connectPipelined } from '../connection.ts';

/** How far the primary was, on which timeline, and which ledger that is. */
export interface Mark {
  readonly lsn: string;
  readonly timeline: number;
  readonly size: string;
  readonly leaf: Buffer;
}

/** For an answer, after which the connection is taken to be broken. */
const PATIENCE_MS = 5_000;
const QUESTION = { name: 'primary_mark', text: 'SELECT lsn, timeline, size, leaf FROM primary_mark()' };

/**
 * Asks the primary how far it has flushed its log: nobody can have seen anything beyond it. One question for all who wait,
 * on a connection of its own, so that it waits for no pool.
 */
export class PrimaryMark {
  private readonly questions = new Coalesced(() => this.ask());
  private client: Promise<pg.Client> | null = null;

  constructor(private readonly url: string) {}

  /** As of after this call. Throws while the ledger is empty, or the primary away. */
  get(): Promise<Mark> {
    return this.questions.get();
  }

  async stop(): Promise<void> {
    const client = await this.client?.catch(() => null);
    await client?.end().catch(() => undefined);
  }

  private async ask(): Promise<Mark> {
    const connecting = (this.client ??= this.connect());
    const client = await connecting;
    const { rows } = await within(PATIENCE_MS, client.query<Mark>(QUESTION), () => this.forget(connecting));
    const [mark] = rows;
    if (!mark) throw new Error('The ledger is empty.');
    return mark;
  }

  private connect(): Promise<pg.Client> {
    const client = connectPipelined(this.url, 'tocsin_mark');
    const forget = (): void => this.forget(client);
    client.then((open) => open.once('error', forget).once('end', forget), forget);
    return client;
  }

  private forget(connecting: Promise<pg.Client>): void {
    if (this.client === connecting) this.client = null;
    connecting.then((client) => client.end()).catch(() => undefined);
  }
}
