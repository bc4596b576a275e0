import type { ApiClient } from '../api-client.ts';
import { Failure } from '../failure.ts';
import { exitOfRefusal } from '../report-failure.ts';
import type { Batch, FileRow } from './indicator-file.ts';
import type { Item } from './item.ts';
import { Later, Persistence, type Patience } from '../patience.ts';

/** What is said of the report as a whole. */
export interface ReportText {
  readonly title: string;
  readonly tlp: string;
  readonly tell?: string;
  readonly pap?: string;
  readonly externalId?: string;
  readonly coordinator?: string;
  readonly attribution: boolean;
}

/** The answer to one row, in the order of the file. */
export interface RowAnswer {
  readonly line: number;
  readonly value: string | null;
  readonly status: 'ACCEPTED' | 'JOINED' | 'REFUSED';
  /** Global id of the indicator; for what was not refused. */
  readonly id?: string;
  /** What somebody can switch off; null: it is context. For what was not refused. */
  readonly resource?: string | null;
  readonly resourceKind?: string | null;
  /** Why it was refused. */
  readonly code?: string;
  readonly hint?: string;
}

type Result =
  | { readonly __typename: 'IndicatorRefused'; readonly code: string; readonly hint: string }
  | { readonly __typename: 'IndicatorAccepted' | 'IndicatorJoined'; readonly indicator: Indicator };

interface Indicator {
  readonly id: string;
  readonly resource: string | null;
  readonly resourceKind: string | null;
}

interface Payload {
  readonly report: { readonly id: string; readonly state: string } | null;
  readonly results?: readonly Result[] | null;
  readonly errors: readonly { readonly code: string; readonly message: string; readonly retryable: boolean }[];
}

const ANSWER = 'report { id state } errors { code message retryable }';
const RESULTS = `results { __typename ... on IndicatorAccepted { indicator { id resource resourceKind } }
  ... on IndicatorJoined { indicator { id resource resourceKind } } ... on IndicatorRefused { code hint } }`;
const SUBMIT = `mutation ($input: SubmitReportInput!) { answer: submitReport(input: $input) { ${ANSWER} ${RESULTS} } }`;
const ADD = `mutation ($input: AddIndicatorsInput!) { answer: addIndicators(input: $input) { ${ANSWER} ${RESULTS} } }`;
const SEAL = `mutation ($input: SealReportInput!) { answer: sealReport(input: $input) { ${ANSWER} } }`;
const STATE = 'query ($id: ID!) { report(id: $id) { state } }';

/**
 * One file as one report, in batches: nothing leaves before the last is there and the report is sealed. Each request
 * has an idempotency key made of `key` and its place, so that a second run, also after a crash in the middle, gets the
 * first one's answers and has no second effect.
 */
export class Submission {
  private reportId: string | null = null;
  private sealed = false;
  private readonly persistence: Persistence;

  constructor(
    private readonly api: ApiClient,
    private readonly text: ReportText,
    private readonly key: string,
    patience: Patience,
  ) {
    this.persistence = new Persistence(patience);
  }

  /** Null until a row could be sent. */
  get report(): string | null {
    return this.reportId;
  }

  /** Sends a batch and, after the last, seals; an answer for each of its rows. */
  async send({ number, rows, last }: Batch): Promise<RowAnswer[]> {
    const items = rows.flatMap((row) => ('item' in row ? [row.item] : []));
    const results = items.length === 0 ? [] : await this.sendItems(`${this.key}:${number}`, items, last);
    if (last && this.reportId !== null && !this.sealed) await this.seal(this.reportId);
    if (results.length !== items.length) throw new Error('The hub did not answer every row.');
    const given = results[Symbol.iterator]();
    return rows.map((row) => answerOf(row, 'item' in row ? (given.next().value ?? null) : null));
  }

  private async sendItems(idempotencyKey: string, indicators: readonly Item[], last: boolean) {
    const report = this.reportId;
    const { text } = this;
    const sent =
      report === null
        ? await this.ask(SUBMIT, { idempotencyKey, ...text, indicators, seal: last })
        : await this.ask(ADD, { idempotencyKey, report, indicators });
    this.reportId = sent.report?.id ?? null;
    this.sealed = report === null && last;
    return sent.results ?? [];
  }

  private async seal(report: string): Promise<void> {
    try {
      await this.ask(SEAL, { idempotencyKey: `${this.key}:seal`, report });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'WRONG_STATE') throw error;
      // A report known by its externalId may be sealed since a time whose keys the hub has forgotten.
      const asked = await this.api.ask<{ report: { state: string } | null }>(STATE, { id: report });
      if (asked.report?.state !== 'SEALED' && asked.report?.state !== 'PUBLISHED') throw error;
    }
    this.sealed = true;
  }

  private ask(mutation: string, input: object): Promise<Payload> {
    return this.persistence.run(async () => {
      const { answer } = await this.api.ask<{ answer: Payload }>(mutation, { input }, { bulk: true });
      const [error] = answer.errors;
      if (error?.retryable) throw new Later(error.message);
      if (error) throw new Failure(error.code, error.message, exitOfRefusal(error.code));
      return answer;
    });
  }
}

function answerOf(row: FileRow, result: Result | null): RowAnswer {
  const { line, value } = row;
  if ('refused' in row) return { line, value, status: 'REFUSED', ...row.refused };
  if (result === null) throw new Error('The hub did not answer every row.');
  if (result.__typename === 'IndicatorRefused') {
    return { line, value, status: 'REFUSED', code: result.code, hint: result.hint };
  }
  const status = result.__typename === 'IndicatorJoined' ? 'JOINED' : 'ACCEPTED';
  return { line, value, status, ...result.indicator };
}
