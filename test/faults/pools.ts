import { audit } from './audit.ts';
import { must, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

const AT_ONCE = 200;
/** Fields that each have to be loaded from another table. */
const NESTED = `{ reports(first: 20) { edges { node { id
  indicators(first: 5) { edges { node { id outcome } } } responsibilities(first: 5) { edges { node { party state } } } } } } }`;

/** So many operations at once on so few connections, while the organisations work on the same. */
async function crowded(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  let [injected, acknowledged, lost, repeated] = [0, 0, 0, 0];
  for (const poolSize of short ? [1] : [1, 2, 5]) {
    await using stand = await Stand.open(server, { poolSize, load: { forEachConnection: 1_000 } });
    const cast = await castOn(stand);
    const [load, roots] = [new Load(cast), new Roots(stand)];
    await load.goesOn(10);
    for (let wave = 0; wave < (short ? 1 : 5); wave += 1) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => cast.vendor.tries(NESTED)));
      must(
        answers.every(({ errors, data }) => errors.length === 0 && data.reports.edges.length > 0),
        `An operation was not answered: ${JSON.stringify(answers.find(({ errors }) => errors.length > 0)?.errors)}`,
      );
      injected += AT_ONCE;
    }
    await load.ends(mutations);
    const books = await audit(stand, cast, load, roots);
    acknowledged += load.acknowledged;
    lost += books.lost;
    repeated += books.repeated;
  }
  return { injected, acknowledged, lost, repeated, seen: {} };
}

export const fullPool: Experiment = {
  name: 'full-pool',
  sentence:
    '200 operations with nested fields at once on a pool of 1, 2 and 5 connections, under load: each is answered',
  run: crowded,
};
