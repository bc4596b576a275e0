import { rowIdOf } from '../src/platform/ids.ts';
import { grow, headOf, numbered } from './support/feeds.ts';
import { compare, type Figure } from './support/measure.ts';
import { makePlace, type Asker } from './support/place.ts';
import { SocketCrowd, type Batch } from './support/socket-crowd.ts';

const EVENTS = `subscription Resumed($after: String) { events(after: $after, first: 1000) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind at summary subjects details entryId } } }`;

export interface ResumeSize {
  readonly clients: number;
  readonly organisations: number;
  /** How many events each client is behind. */
  readonly events: number;
  readonly pairs: number;
}

/** Connections of the baseline, as many as the hub has. */
const CONNECTIONS = 10;
const PAGE = 1000;

/**
 * Events a second to clients that all come back at once with an old cursor; beside the same rows of the same pages,
 * selected as often by bare pg, ten connections at a time, and thrown away.
 */
export async function resume({ clients, organisations, events, pairs }: ResumeSize): Promise<Figure[]> {
  const place = await makePlace();
  const crowd = new SocketCrowd();
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => place.connect()));
  try {
    const askers: Asker[] = [];
    for (let n = 0; n < organisations; n += 1) askers.push(await place.organisation(['PROVIDER']));
    await numbered(place);
    const heads = await Promise.all(askers.map(headOf));
    await grow(place, askers, events);
    await numbered(place);
    await connections[0]?.query('VACUUM ANALYZE');
    const each = Math.floor(clients / organisations);
    const delivered = each * organisations * events;
    const batches = askers.map(({ key }, n): Batch => {
      return { url: place.hub.wsUrl, key, sockets: each, variables: { after: heads[n] }, keep: false };
    });
    const behind = askers.map(({ id }, n) => ({
      organisation: rowIdOf('Organisation', id),
      after: Number(heads[n]?.split('.')[1]),
    }));
    const ours = async () => {
      await crowd.told({ open: batches });
      await crowd.told({ expect: { events, afresh: true } });
      const start = process.hrtime.bigint();
      await crowd.told({ subscribe: EVENTS });
      const { seconds } = await crowd.secondsSince(start);
      await crowd.told({ close: true });
      return delivered / seconds;
    };
    const baseline = async () => {
      const start = process.hrtime.bigint();
      const waiting = Array.from({ length: each }, () => behind).flat();
      await Promise.all(
        connections.map(async (connection) => {
          for (let next = waiting.pop(); next; next = waiting.pop()) {
            for (let from = next.after; from < next.after + events; from += PAGE) {
              const answer = await connection.query(
                `SELECT f.seq, f.entry_id, f.kind, p.body FROM feed f JOIN ledger_payload p USING (entry_id)
                  WHERE f.organisation_id = $1 AND f.seq > $2 ORDER BY f.seq LIMIT ${PAGE}`,
                [next.organisation, from],
              );
              if (answer.rows.length !== Math.min(PAGE, events - (from - next.after)))
                throw new Error('The rows are not those that clients are behind.');
            }
          }
        }),
      );
      return delivered / (Number(process.hrtime.bigint() - start) / 1e9);
    };
    const metric = `events/s to ${clients} clients of ${organisations} organisations, each ${events} behind / SELECT`;
    return [await compare({ name: 'resume', metric, bar: 0.3, goal: 0.5, better: 'least' }, ours, baseline, pairs)];
  } finally {
    await crowd.end();
    await Promise.all(connections.map((connection) => connection.end()));
    await place.leave();
  }
}
