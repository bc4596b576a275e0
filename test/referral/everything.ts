import type { Party } from '../support/world.ts';

const SEEN = 'edges { node { ord type value category firstSeen lastSeen tlp';
const REFERRED = `id coordinator provider role resource state requestedAction assessment note question reply answerNote
  providerReference caseReference delegatedTo observables(first: 5) { ${SEEN} confidence comment reporter } } }`;
const INDICATORS =
  'indicators(first: 5) { edges { node { id ord type value resource category outcome consents comment externalId report } } }';
const QUESTIONS = 'questions(first: 5) { edges { node { question answer } } }';

/** Every list there is, each with all that hangs under a row. */
const LISTS = {
  reports: `id reporter title narrative externalId threatActors targets tlp pap tell state ${INDICATORS} ${QUESTIONS}
    responsibilities(first: 5) { edges { node { resource role party state reason } } }`,
  cases: `id resource state basis version coordinator ${INDICATORS} ${QUESTIONS} parties { role } referrals { ${REFERRED} }`,
  shared: `id resource state basis version coordinator ${INDICATORS} ${QUESTIONS} parties { role } referrals { ${REFERRED} }`,
  inbox: `id role resource state note question providerReference delegator delegate delegationNote delegatedTo requestedActions
    observables(first: 5) { ${SEEN} } } } referrals { ${REFERRED} }`,
  referrals: REFERRED,
} as const;

const REPORT = `query ($id: ID!) { report(id: $id) { ${LISTS.reports} } }`;

/**
 * All that an organisation can read: each list to its end, its whole feed, and these reports by their ids, which it may
 * have guessed; what it may not ask for says nothing.
 */
export async function everythingOf(party: Party, reports: readonly string[]): Promise<string> {
  const lists = await Promise.all(Object.entries(LISTS).map(([name, fields]) => wholeList(party, name, fields)));
  const events = await party.events();
  const outcomes = await outcomesOf(party);
  const byId = [];
  for (const id of reports) byId.push((await party.ask(REPORT, { id })).data);
  return JSON.stringify([lists, events, outcomes, byId]);
}

async function wholeList(party: Party, name: string, fields: string): Promise<unknown[]> {
  const [field, filter] = name === 'shared' ? ['cases', ', filter: { shared: true }'] : [name, ''];
  const query = `query ($after: String) { ${field}(first: 40, after: $after${filter}) {
    edges { node { ${fields} } } pageInfo { hasNextPage endCursor } } }`;
  const nodes: unknown[] = [];
  for (let after: string | null = null; ;) {
    const { data, errors } = await party.ask(query, { after });
    if (errors[0]?.extensions.code === 'FORBIDDEN') return [];
    if (errors[0]) throw new Error(errors[0].message);
    const { edges, pageInfo } = data[field];
    nodes.push(...edges);
    if (!pageInfo.hasNextPage) return nodes;
    after = pageInfo.endCursor;
  }
}

async function outcomesOf(party: Party): Promise<unknown> {
  const { data } =
    await party.ask(`{ outcomes(first: 1000) { rows { reportExternalId externalId observable resource role
    party state reason providerReference } } }`);
  return data;
}
