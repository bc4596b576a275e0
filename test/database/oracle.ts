import type pg from 'pg';

/** Runs one statement on a connection of the test's choosing; its rows. */
export type Run = <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

type Row = Readonly<Record<string, unknown>>;

/** Who reads a table, by what its rows say in columns of their own; written from the design, not from the policies. */
interface Reading {
  /** What names a row; a tenant may select these columns. */
  readonly key: readonly string[];
  /** The columns that name a reader. */
  readonly columns: readonly string[];
  /** Other reasons to read the row. */
  readonly also?: (row: Row, me: string, readers: ReaderRows) => boolean;
}

class ReaderRows {
  private readonly capacities: ReadonlyMap<string, unknown>;

  constructor(rows: readonly Row[]) {
    this.capacities = new Map(rows.map((row) => [`${row['organisation_id']} ${row['object_id']}`, row['capacity']]));
  }

  has(me: string, object: unknown): boolean {
    return this.capacities.has(`${me} ${object}`);
  }

  coordinates(me: string, object: unknown): boolean {
    return this.capacities.get(`${me} ${object}`) === 'CO_COORDINATOR';
  }
}

const own = (...key: string[]): Reading => ({ key: ['organisation_id', ...key], columns: ['organisation_id'] });

const READINGS: Readonly<Record<string, Reading>> = {
  organisation: { key: ['id'], columns: ['id', 'operator_id'], also: ({ listed }) => listed === true },
  member: own('id'),
  client: own('id'),
  client_use: own('client_id'),
  recovery: { key: ['id'], columns: ['organisation_id', 'operator_id', 'seconder_id'] },
  act_policy: own(),
  approval: own('id'),
  idempotency: own('key'),
  erasure: own('id'),
  reader: own('object_id'),
  feed: own('seq'),
  feed_head: own(),
  feed_acknowledgement: own('client_id'),
  feed_statement: own(),
  report: { key: ['id'], columns: ['owner_id'], also: ({ id }, me, readers) => readers.has(me, id) },
  indicator: {
    key: ['id'],
    columns: ['reporter_id', 'coordinator_id'],
    also: ({ case_id, for_one_coordinator: kept }, me, readers) => kept === false && readers.coordinates(me, case_id),
  },
  responsibility: {
    key: ['reporter_id', 'report_id', 'resource', 'role'],
    columns: ['reporter_id', 'coordinator_id'],
  },
  triage_case: { key: ['id'], columns: ['coordinator_id'], also: ({ id }, me, readers) => readers.has(me, id) },
  case_assignment: { key: ['id'], columns: ['coordinator_id'] },
  named_party: { key: ['id'], columns: ['coordinator_id'] },
  party_contact: { key: ['id'], columns: ['coordinator_id'] },
  question: { key: ['id'], columns: ['reporter_id', 'coordinator_id'] },
  triage_rule: own('version', 'ord'),
  asset_claim: { key: ['id'], columns: ['organisation_id', 'operator_id', 'consenter_id'] },
  inbox_item: { key: ['id'], columns: ['provider_id', 'delegator_id'] },
  delegated_observable: { key: ['provider_id', 'item_id', 'ord'], columns: ['provider_id', 'delegator_id'] },
  referral: {
    key: ['id'],
    columns: ['provider_id', 'coordinator_id'],
    also: ({ case_id }, me, readers) => readers.coordinates(me, case_id),
  },
  referred_observable: { key: ['provider_id', 'referral_id', 'ord'], columns: ['provider_id', 'coordinator_id'] },
};

export const TABLES = Object.keys(READINGS);

/** What each organisation should see of each table. */
export class Oracle {
  private constructor(
    private readonly rows: ReadonlyMap<string, readonly Row[]>,
    private readonly readers: ReaderRows,
  ) {}

  /** Reads all tables once, as one who sees everything. */
  static async of(all: Run): Promise<Oracle> {
    const rows = new Map<string, Row[]>();
    for (const table of TABLES) rows.set(table, await all(`SELECT * FROM ${table}`));
    return new Oracle(rows, new ReaderRows(rows.get('reader') ?? []));
  }

  get organisations(): string[] {
    return (this.rows.get('organisation') ?? []).map(({ id }) => String(id));
  }

  visible(table: string, me: string): Set<string> {
    const reading = READINGS[table];
    if (!reading) throw new Error(`Who reads ${table} is not written down.`);
    const rows = (this.rows.get(table) ?? []).filter(
      (row) => reading.columns.some((column) => row[column] === me) || (reading.also?.(row, me, this.readers) ?? false),
    );
    return new Set(rows.map((row) => reading.key.map((column) => textOf(row[column])).join(' ')));
  }

  /** Rows that one sees and should not, and those that one should and does not; over all organisations. */
  async faults(table: string, app: Run): Promise<string[]> {
    const faults: string[] = [];
    for (const me of this.organisations) {
      const [seen, due] = [await seenBy(app, table, me), this.visible(table, me)];
      faults.push(...[...seen].filter((row) => !due.has(row)).map((row) => `${table} ${row} is seen by ${me}`));
      faults.push(...[...due].filter((row) => !seen.has(row)).map((row) => `${table} ${row} is not seen by ${me}`));
    }
    return faults;
  }
}

/** The rows of a table that the tenant login sees for this organisation; null: before there is a tenant. */
export async function seenBy(app: Run, table: string, me: string | null): Promise<Set<string>> {
  const key = READINGS[table]?.key ?? [];
  await app("SELECT set_config('tocsin.org', $1, false)", [me ?? '']);
  const rows = await app<Record<string, string>>(
    `SELECT ${key.map((column) => `${column}::text`).join()} FROM ${table}`,
  );
  return new Set(rows.map((row) => key.map((column) => row[column]).join(' ')));
}

const textOf = (value: unknown): string => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : String(value));
