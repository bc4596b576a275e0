import type { FeedEvent } from '../event-feed.ts';
import { everyNode } from '../payload.ts';
import type { Party } from './cast.ts';
import type { Seen } from './seen.ts';

/** One way of asking for an object by its id. */
interface Question {
  readonly query: string;
  readonly argument: string;
  readonly selection: string;
  /** The roles whose keys may ask it at all; what the others are refused proves nothing about the object. */
  readonly roles: readonly string[];
}

const EVERYBODY = ['VENDOR', 'CERT', 'PROVIDER'];
const byId = (query: string, roles: readonly string[]): Question => ({ query, argument: 'id', selection: 'id', roles });
const QUESTIONS: readonly Question[] = [
  byId('node', EVERYBODY),
  { query: 'auditTrail', argument: 'first: 1, subject', selection: 'edges { node { entryId } }', roles: EVERYBODY },
  byId('report', ['VENDOR', 'CERT']),
  byId('indicator', ['VENDOR', 'CERT']),
  byId('case', ['CERT']),
  byId('referral', ['CERT', 'PROVIDER']),
  byId('inboxItem', ['PROVIDER']),
  byId('assetClaim', ['PROVIDER']),
];
/** The hub lets one document ask one thing so often. */
const AT_ONCE = 20;

const FROM = `query ($after: String) { events(after: $after, first: 100) { events { subjects } } }`;
const ORGANISATIONS = `query ($after: String) { page: organisations(first: 100, after: $after) {
  edges { node { id roles } } pageInfo { hasNextPage endCursor } } }`;

export interface Answered {
  /** How many questions were asked: one for each id and query, and for each cursor. */
  readonly asked: number;
  /** What was answered with anything but nothing. */
  readonly saw: readonly string[];
}

/** Asks for everything that the story's parties have come to know. */
export async function askAsStranger(stranger: Party, { ids, cursors }: Seen): Promise<Answered> {
  const foreign = ids.filter((id) => id !== stranger.id);
  const saw: string[] = [];
  let asked = 0;
  for (const question of QUESTIONS.filter(({ roles }) =>
    roles.some((role) => stranger.roles.includes(role as never)),
  )) {
    for (let start = 0; start < foreign.length; start += AT_ONCE) {
      const some = foreign.slice(start, start + AT_ONCE);
      saw.push(...(await askFor(stranger, question, some)));
      asked += some.length;
    }
  }
  for (const after of cursors) saw.push(...(await readFrom(stranger, after)));
  saw.push(...(await unlisted(stranger)));
  return { asked: asked + cursors.length, saw };
}

async function askFor({ api, name }: Party, { query, argument, selection }: Question, ids: readonly string[]) {
  const parameters = ids.map((_, index) => `$a${index}: ID!`).join(', ');
  const fields = ids.map((_, index) => `a${index}: ${query}(${argument}: $a${index}) { ${selection} }`).join(' ');
  const variables = Object.fromEntries(ids.map((id, index) => [`a${index}`, id]));
  const data = await api.ask<Record<string, unknown>>(`query (${parameters}) { ${fields} }`, variables);
  return ids.filter((_, index) => holdsAnything(data[`a${index}`])).map((id) => `${name} saw ${id} by ${query}`);
}

function holdsAnything(answer: unknown): boolean {
  if (answer === null) return false;
  return !(typeof answer === 'object' && answer !== undefined && 'edges' in answer && isEmpty(answer.edges));
}

const isEmpty = (edges: unknown): boolean => Array.isArray(edges) && edges.length === 0;

/** A cursor of another feed may lead to nothing but the stranger's own events, which are about itself. */
async function readFrom({ api, id, name }: Party, after: string): Promise<string[]> {
  const { events } = await api.ask<{ events: { events: Pick<FeedEvent, 'subjects'>[] } }>(FROM, { after });
  const foreign = events.events.flatMap(({ subjects }) => subjects.filter((subject) => subject !== id));
  return foreign.map((subject) => `${name} saw ${subject} after cursor ${after}`);
}

async function unlisted({ api, id, name }: Party): Promise<string[]> {
  const all = await everyNode<{ id: string; roles: string[] }>(api, ORGANISATIONS);
  return all.filter((one) => one.id !== id && !one.roles.includes('CERT')).map((one) => `${name} saw ${one.id} listed`);
}
