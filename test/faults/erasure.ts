import { EVENTS, SUBMIT } from '../support/api.ts';
import { audit } from './audit.ts';
import type { Client } from './client.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import { register } from './place.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

const ERASE = 'mutation ($input: EraseEntryInput!) { eraseEntry(input: $input) { errors { code message } } }';
/** In every text of what is erased, and in nothing else. */
const WORD = 'unwanted';
const AT_ONCE = 4;

/** Many entries are erased while others work: their words are nowhere any more, and every proof holds. */
async function erased(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const cert = await register(cast.operator, 'Another CERT', { roles: ['CERT'] });
  const vendor = await register(cast.operator, 'Another vendor', { roles: ['VENDOR'], coordinator: cert.id });
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const wanted = short ? 20 : 1_000;
  const entries = await inTurns(wanted, (n) => reports(vendor, n));
  must((await tracesOf(stand)) > 0, 'There is nothing to erase.');
  await inTurns(wanted, (n) => cast.operator.does(ERASE, { entry: entries[n], reason: 'Asked for.' }));
  await until(
    'everything is erased',
    async () => (await stand.rows('SELECT FROM erasure WHERE done_at IS NULL LIMIT 1')).length === 0,
    600_000,
  );
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  const { told, tombstones } = await replayed(vendor);
  const traces = await tracesOf(stand);
  must(traces === 0 && told === 0, `Its words are still in ${traces} tables, and told with ${told} entries.`);
  must(tombstones >= wanted, `There are ${tombstones} tombstones for ${wanted} entries.`);
  return {
    injected: wanted,
    acknowledged: load.acknowledged + 2 * wanted,
    lost: books.lost,
    // The audit knows the reports of the load alone.
    repeated: books.repeated - wanted,
    seen: { tombstones },
  };
}

/** So many, a few at a time. */
async function inTurns<Result>(count: number, act: (n: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const line = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) results[n] = await act(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return results;
}

async function reports(vendor: Client, n: number): Promise<string> {
  const indicators = [
    { value: `${WORD}-${n}.example`, category: 'PHISHING', comment: WORD, externalId: `${WORD} ${n}` },
  ];
  const { receipt } = await vendor.does(SUBMIT, { title: `${WORD} ${n}`, narrative: WORD, tlp: 'AMBER', indicators });
  return receipt.entryId;
}

/** In how many tables a row still says it. */
async function tracesOf(stand: Stand): Promise<number> {
  const tables = await stand.rows<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'",
  );
  let found = 0;
  for (const { name } of tables) {
    const rows = await stand.rows(
      `SELECT FROM ${name} t WHERE position($1 IN t::text) > 0 OR position(encode($1::bytea, 'hex') IN t::text) > 0 LIMIT 1`,
      [WORD],
    );
    found += rows.length;
  }
  return found;
}

/** The feed from its beginning, as who comes late reads it. */
async function replayed(vendor: Client): Promise<{ told: number; tombstones: number }> {
  let [told, tombstones] = [0, 0];
  for (let after: string | null = null; ;) {
    const { data } = await vendor.asks(EVENTS, { after, first: 500 });
    const { cursor, events } = data.events as { cursor: string; events: { summary: string }[] };
    if (events.length === 0) return { told, tombstones };
    told += events.filter((event) => JSON.stringify(event).includes(WORD)).length;
    tombstones += events.filter((event) => JSON.stringify(event).includes('erased')).length;
    after = cursor;
  }
}

export const erasureUnderLoad: Experiment = {
  name: 'erasure-under-load',
  sentence: 'many entries are erased while others work: nothing says their words any more, and every proof holds',
  run: erased,
};
