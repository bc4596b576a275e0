import { randomUUID } from 'node:crypto';

import { SUBMIT } from './api.ts';
import type { Party, SubmittedItem } from './world.ts';

/** What a reporter does after it has submitted; each answers with the payload of the mutation. */
export async function adds(reporter: Party, report: { id: string }, values: readonly (string | SubmittedItem)[]) {
  const { data } = await reporter.ask(
    SUBMIT.replaceAll('SubmitReportInput', 'AddIndicatorsInput').replaceAll('submitReport', 'addIndicators'),
    { input: { idempotencyKey: randomUUID(), report: report.id, indicators: values.map(toItem) } },
  );
  return data.addIndicators;
}

export const seals = (reporter: Party, report: { id: string }) => onReport(reporter, 'sealReport', report);
export const allowsTelling = (reporter: Party, report: { id: string }) => onReport(reporter, 'allowTelling', report);

/** All of the report, or these indicators of it. */
export const withdraws = (reporter: Party, report: { id: string }, indicators?: readonly { id: string }[]) =>
  onReport(reporter, 'withdrawIndicators', report, indicators && { indicators: indicators.map(({ id }) => id) });

async function onReport(reporter: Party, field: string, report: { id: string }, more: object = {}) {
  const input = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const { data } = await reporter.ask(
    `mutation ($input: ${input}!) { ${field}(input: $input) {
       report { id state tell } receipt { entryId } errors { code message path } } }`,
    { input: { idempotencyKey: randomUUID(), report: report.id, ...more } },
  );
  return data[field];
}

export const toItem = (value: string | SubmittedItem): SubmittedItem => ({
  category: 'PHISHING',
  ...(typeof value === 'string' ? { value } : value),
});

const CONTENTS = `query ($id: ID!) { report(id: $id) { state tell
  indicators(first: 1000) { edges { node { id type value resource outcome consents externalId } } }
  responsibilities(first: 1000) { edges { node { resource role party state reason toldAt } } } } }`;

interface Contents {
  readonly state: string;
  readonly tell: string;
  readonly indicators: readonly { id: string; value: string; outcome: string; consents: boolean }[];
  readonly responsibilities: readonly {
    resource: string;
    role: string;
    party: string | null;
    state: string;
    reason: string | null;
    toldAt: string | null;
  }[];
}

/** A report as whoever may read it sees it. */
export async function contentsOf(party: Party, report: { id: string }): Promise<Contents> {
  const { data } = await party.ask(CONTENTS, { id: report.id });
  const nodes = ({ edges }: { edges: { node: never }[] }) => edges.map(({ node }) => node);
  return {
    ...data.report,
    indicators: nodes(data.report.indicators),
    responsibilities: nodes(data.report.responsibilities),
  };
}

/** What became of each value of a report. */
export async function outcomesOf(party: Party, report: { id: string }): Promise<Record<string, string>> {
  const { indicators } = await contentsOf(party, report);
  return Object.fromEntries(indicators.map(({ value, outcome }) => [value, outcome]));
}
