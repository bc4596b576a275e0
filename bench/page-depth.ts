import { fillCases } from './support/filled-cases.ts';
import { Loader } from './support/load.ts';
import { compare, type Figure, type Side } from './support/measure.ts';
import { makePlace } from './support/place.ts';

const PAGE = 10;

/** How many cases there are, and which page of ten is the deep one. */
export interface Depth {
  readonly cases: number;
  readonly page: number;
  readonly requests: number;
  readonly pairs: number;
}

/** A deep page of a coordinator's queue beside its first: milliseconds a page, by the cursor that a client would have. */
export async function pageDepth({ cases, page, requests, pairs }: Depth): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  const loader = new Loader();
  try {
    const cert = await place.organisation(['CERT']);
    const { rows } = await admin.query<{ id: string }>(`SELECT id FROM organisation WHERE 'CERT' = ANY (roles)`);
    await fillCases(admin, rows[0]?.id ?? '', { cases, referrals: 0, indicators: 0 });
    const before = (page - 1) * PAGE;
    const { rows: last } = await admin.query<{ due_at: Date; id: string }>(
      'SELECT due_at, id FROM triage_case ORDER BY due_at, id OFFSET $1 LIMIT 1',
      [before - 1],
    );
    const key = [last[0]?.due_at.toISOString() ?? '', last[0]?.id ?? ''];
    const cursor = Buffer.from(JSON.stringify(key)).toString('base64url');
    const query = `query ($after: String) { cases(first: ${PAGE}, after: $after) { edges { node { resource } } } }`;
    const milliseconds = (after: string | null, first: number): Side => {
      const bodies = Array.from({ length: requests }, () => JSON.stringify({ query, variables: { after } }));
      const expected = Array.from({ length: PAGE }, (_, n) => `${first + n}.example`).join();
      const check = (data: unknown) => {
        const { edges } = (data as { cases: { edges: { node: { resource: string } }[] } }).cases;
        const found = edges.map(({ node }) => node.resource).join();
        if (found !== expected) throw new Error(`The page holds ${found}, and not ${expected}.`);
      };
      return async () => 1_000 / (await loader.rate({ url: place.hub.url, key: cert.key, bodies, atOnce: 1 }, check));
    };
    const metric = `page ${page} / page 1 of ${cases} cases, ms`;
    const target = { name: 'page-depth', metric, bar: 1.3, goal: 1.1, better: 'most' } as const;
    return [await compare(target, milliseconds(cursor, before + 1), milliseconds(null, 1), pairs)];
  } finally {
    await loader.stop();
    await admin.end();
    await place.leave();
  }
}
