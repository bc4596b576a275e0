import { everyNode } from '../payload.ts';
import type { Party } from './cast.ts';
import { pairKey, type Declaration } from './declaration.ts';
import type { Deed, Desk } from './desk.ts';
import { keyOf } from './story.ts';

/** A row of the vendor's own view: who was told of what, in which role. */
export interface Responsibility {
  readonly role: string;
  readonly resourceKind: string;
  readonly resource: string;
  readonly party: string | null;
  readonly state: string;
  readonly reason: string | null;
}

const RESPONSIBILITIES = `query ($id: ID!, $after: String) { report(id: $id) { responsibilities(first: 1000, after: $after) {
  edges { node { role resourceKind resource party state reason } } pageInfo { hasNextPage endCursor } } } }`;

interface Page {
  readonly report: {
    readonly responsibilities: {
      readonly edges: readonly { readonly node: Responsibility }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

export async function readResponsibilities({ api }: Party, report: string): Promise<Responsibility[]> {
  const rows: Responsibility[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { report: answer }: Page = await api.ask(RESPONSIBILITIES, { id: report, after });
    rows.push(...answer.responsibilities.edges.map(({ node }) => node));
    ({ endCursor: after, hasNextPage: more } = answer.responsibilities.pageInfo);
  }
  return rows;
}

const TOLD: ReadonlySet<string> = new Set(['TOLD', 'ACKNOWLEDGED', 'ACTED_ON_WORD']);
const STATE_AFTER: Readonly<Record<Deed, string>> = {
  READ: 'TOLD',
  TAKEN_UP: 'ACKNOWLEDGED',
  DECLINED: 'ACKNOWLEDGED',
  ACTED: 'ACTED_ON_WORD',
};
const pairOf = ({ resourceKind, resource, role }: Responsibility): string => pairKey(resourceKind, resource, role);

/** Whether every party has been told, or has none, and every answer has come back as it was given. */
export function isSettled(rows: readonly Responsibility[], desks: readonly Desk[]): boolean {
  const deeds = deedsOf(desks);
  return rows.every((row) => {
    const deed = deeds.get(pairOf(row));
    return row.state === 'NO_PARTY' || row.state === (deed ? STATE_AFTER[deed] : '');
  });
}

export interface Verdict {
  readonly told: number;
  readonly untold: number;
  readonly noParty: Record<string, number>;
  readonly faults: readonly string[];
}

/** Compares, pair by pair, what was declared with what became of it. */
export function judge(
  { parties }: Declaration,
  accepted: ReadonlySet<string>,
  rows: readonly Responsibility[],
): Verdict {
  const byPair = new Map(rows.map((row) => [pairOf(row), row]));
  const faults: string[] = [];
  const noParty: Record<string, number> = {};
  let told = 0;
  for (const [pair, party] of parties) {
    const row = byPair.get(pair);
    if (row && row.party === party && TOLD.has(row.state)) told += 1;
    else faults.push(`untold: ${pair} should be with ${party}, and is ${describe(row)}`);
  }
  for (const row of rows) {
    if (row.state === 'NO_PARTY') {
      const reason = row.reason ?? 'UNKNOWN';
      noParty[reason] = (noParty[reason] ?? 0) + 1;
    } else if (!parties.has(pairOf(row))) faults.push(`not declared: ${pairOf(row)} is ${describe(row)}`);
  }
  const mentioned = new Set(rows.map(({ resourceKind, resource }) => keyOf({ kind: resourceKind, value: resource })));
  for (const resource of accepted) {
    if (!mentioned.has(resource)) faults.push(`untold: nothing is said of ${resource}`);
  }
  return { told, untold: faults.length, noParty, faults };
}

const describe = (row: Responsibility | undefined): string =>
  row ? `${row.state}${row.reason === null ? '' : `(${row.reason})`} at ${row.party ?? 'nobody'}` : 'nowhere';

interface Referral {
  readonly sentAt: string;
  readonly role: string;
  readonly resourceKind: string;
  readonly resource: string;
  readonly state: string;
}

const REFERRALS = `query ($after: String) { page: referrals(first: 100, after: $after) {
  edges { node { role resourceKind resource state sentAt } } pageInfo { hasNextPage endCursor } } }`;
const REFERRAL_AFTER: Readonly<Record<Deed, string>> = {
  READ: 'DELIVERED',
  TAKEN_UP: 'ACKNOWLEDGED',
  DECLINED: 'DECLINED',
  ACTED: 'ACTIONED',
};

/** The CERT's requests about the report, and where an answer that it reads is not what the desk said. */
export async function readReferrals(cert: Party, { resources }: Declaration, desks: readonly Desk[]) {
  const deeds = deedsOf(desks);
  const all = await everyNode<Referral>(cert.api, REFERRALS);
  const newest = new Map<string, Referral>();
  for (const one of all.toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1))) {
    const { role, resourceKind: kind, resource: value } = one;
    // What was taken back when the story was played before is not what is asked now.
    if (resources.has(keyOf({ kind, value }))) newest.set(pairKey(kind, value, role), one);
  }
  const faults = [...newest].flatMap(([pair, { state }]) => {
    const deed = deeds.get(pair);
    if (deed && state === REFERRAL_AFTER[deed]) return [];
    return [`lost: the CERT reads ${state} of ${pair}, and its desk ${deed ?? 'has heard nothing'}`];
  });
  return { count: newest.size, faults };
}

const deedsOf = (desks: readonly Desk[]): ReadonlyMap<string, Deed> =>
  new Map(desks.flatMap((desk) => [...desk.deeds]));
