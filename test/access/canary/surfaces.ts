import type { Party } from '../../support/world.ts';

const OUTCOMES = ['/outcomes', '/outcomes?format=csv'];
const PUBLIC = ['/healthz', '/readyz', '/checkpoint', '/keys', '/tile/0/000', '/tile/0/000.p/1'];
const RECEIPTS = '{ receipts(first: 1000) { receipts { entryId token kind at body } } feedStatement { token } }';

/** What an organisation can reach without a selection of its own: routes, receipts, and what the log shows to all. */
export async function surfacesOf(party: Party): Promise<string[]> {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, party.world.hub.url), { headers });
    return `${[...response.headers].join('\n')}\n${Buffer.from(await response.arrayBuffer()).toString('latin1')}`;
  };
  const routes = await Promise.all([
    ...OUTCOMES.map((path) => get(path, { authorization: `Bearer ${party.key}` })),
    ...PUBLIC.map((path) => get(path)),
  ]);
  return [...routes, JSON.stringify(await party.ask(RECEIPTS))];
}
