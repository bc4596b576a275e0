import { serveBareTriage } from './baselines/bare-triage.ts';
import { fillCases } from './support/filled-cases.ts';
import { Loader } from './support/load.ts';
import { compare, type Figure, type Side } from './support/measure.ts';
import { makePlace } from './support/place.ts';
import { servePostgraphile } from './baselines/postgraphile-server.ts';
import { urlOf } from '../src/platform/database/logins.ts';

const PAGE = 50;
const AT_ONCE = 8;
const REFERRALS = 2;
const QUERY = `{ page: cases(first: ${PAGE}) { edges { node { id resource resourceKind state dueAt version coordinator
  referrals { id provider role state sentAt dueAt } indicators(first: 1) { edges { node { id value type category lastSeen } } } } } } }`;
const peers = (
  coordinator: string,
): string => `{ page: allTriageCases(condition: { coordinatorId: "${coordinator}" }, orderBy: [DUE_AT_ASC, ROW_ID_ASC], first: ${PAGE}) {
  nodes { id: rowId resource: value resourceKind state dueAt version coordinator: coordinatorName
    referralsByCaseIdAndCoordinatorId { nodes { id: rowId provider: providerName role state sentAt dueAt } }
    indicatorsByCaseIdAndCoordinatorId(first: 1) { nodes { id: rowId value type category lastSeen } } } } }`;

/** PostGraphile leaves out relations whose columns no one index has all of; its manual says to ask for them so. */
const RELATIONS = `COMMENT ON CONSTRAINT referral_case_id_coordinator_id_fkey ON referral IS '@behavior +connection +list +manyRelation:resource:connection';
  COMMENT ON CONSTRAINT indicator_case_id_coordinator_id_fkey ON indicator IS '@behavior +connection +list +manyRelation:resource:connection';`;

/**
 * A coordinator's page of 50 cases with what was asked of whom and one observation, beside PostGraphile 5 and beside
 * graphql-js with plain pg and DataLoader. All ask as the hub's login for tenants, in the same organisation's name,
 * under the same policies. The latter is asked the same document and must give the same answer, letter by letter; of
 * PostGraphile, whose schema is its own, the answer must name the same values in the same order.
 */
export async function triagePage({
  cases,
  requests,
  pairs,
}: {
  cases: number;
  requests: number;
  pairs: number;
}): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  const cert = await place.organisation(['CERT']);
  const { rows } = await admin.query<{ id: string }>(`SELECT id FROM organisation WHERE 'CERT' = ANY (roles)`);
  const id = rows[0]?.id ?? '';
  await fillCases(admin, id, { cases, referrals: REFERRALS, indicators: 3 });
  await admin.query(RELATIONS);
  const connectionString = urlOf('tocsin_app', place.address);
  const bare = await serveBareTriage(connectionString, id);
  const peer = await servePostgraphile({ connectionString, schema: 'hub', settings: { 'tocsin.org': id } });
  const loader = new Loader();
  const asks = (url: string, key: string | null, query: string, check: (data: unknown) => void): Side => {
    const bodies = Array.from({ length: requests }, () => JSON.stringify({ query }));
    return () => loader.rate({ url, key, bodies, atOnce: AT_ONCE }, check);
  };
  const target = { name: 'triage-page', better: 'least' } as const;
  try {
    const first = await cert.ask(QUERY);
    const ours = asks(place.hub.url, cert.key, QUERY, checkPage);
    return [
      await compare(
        { ...target, metric: 'pages of 50 cases/s / PostGraphile 5', bar: 0.8, goal: 1.2 },
        ours,
        asks(peer.url, null, peers(id), checkPage),
        pairs,
      ),
      await compare(
        { ...target, metric: 'pages of 50 cases/s / plain pg, graphql-js and DataLoader', bar: 0.7, goal: 0.9 },
        ours,
        asks(bare.url, null, QUERY, sameAs(first)),
        pairs,
      ),
    ];
  } finally {
    await loader.stop();
    await Promise.all([peer.stop(), bare.stop()]);
    await admin.end();
    await place.leave();
  }
}

const sameAs = (expected: unknown) => {
  const text = JSON.stringify(expected);
  return (data: unknown): void => {
    if (JSON.stringify(data) !== text)
      throw new Error(`Another answer than the hub's: ${JSON.stringify(data).slice(0, 300)}`);
  };
};

/** Whoever answered: the cases that are due first, each with its referrals and its first observation. */
function checkPage(data: unknown): void {
  const text = JSON.stringify(data);
  for (let n = 1; n <= PAGE; n += 1) {
    const from = text.indexOf(`"resource":"${n}.example"`);
    const until = n < PAGE ? text.indexOf(`"resource":"${n + 1}.example"`) : text.length;
    const part = from < 0 || until < from ? '' : text.slice(from, until);
    const referrals = part.split('"provider":"provider ').length - 1;
    if (referrals !== REFERRALS || !part.includes(`"value":"1.${n}.example"`))
      throw new Error(`Case ${n} is not in its place in the page: ${part.slice(0, 300)}`);
  }
}
