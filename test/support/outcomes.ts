import type { Party } from './world.ts';

export interface OutcomeRow {
  readonly key: string;
  readonly indicatorId: string;
  readonly reportExternalId: string | null;
  readonly externalId: string | null;
  readonly observable: string;
  readonly outcome: string;
  readonly role: string;
  readonly party: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly toldAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly answeredAt: string | null;
  readonly action: string | null;
  readonly actedAt: string | null;
  readonly declineReason: string | null;
  readonly providerReference: string | null;
}

export interface OutcomePage {
  readonly rows: readonly OutcomeRow[];
  readonly cursor: string;
  readonly head: string;
  readonly gap: { readonly reason: string; readonly resumeFrom: string } | null;
}

export const OUTCOMES = `query ($report: ID, $changedAfter: String, $first: Int) {
  outcomes(report: $report, changedAfter: $changedAfter, first: $first) { cursor head gap { reason resumeFrom }
    rows { key reportId reportExternalId indicatorId externalId observable type category outcome resourceKind resource role party state reason
      toldAt acknowledgedAt answeredAt action actedAt declineReason providerReference since } } }`;

export async function outcomePage(party: Party, variables: object = {}): Promise<OutcomePage> {
  const { data, errors } = await party.ask(OUTCOMES, { first: 1000, ...variables });
  if (errors[0]) throw new Error(errors[0].extensions.code);
  return data.outcomes;
}

/** Page after page until the feed's end; the rows as they came. */
export async function outcomesAfter(
  party: Party,
  changedAfter: string | null = null,
  variables: object = {},
): Promise<{ rows: OutcomeRow[]; pages: OutcomePage[]; cursor: string }> {
  const pages: OutcomePage[] = [];
  for (let cursor = changedAfter, head = ''; cursor !== head;) {
    const page = await outcomePage(party, { ...variables, changedAfter: cursor });
    pages.push(page);
    ({ cursor, head } = page);
  }
  return { rows: pages.flatMap(({ rows }) => rows), pages, cursor: pages.at(-1)?.cursor ?? '' };
}
