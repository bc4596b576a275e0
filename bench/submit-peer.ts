import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import { urlOf } from '../src/platform/database/logins.ts';
import { makeBareTables } from './baselines/bare-tables.ts';
import { Loader } from './support/load.ts';
import { compare, type Figure } from './support/measure.ts';
import { peerDocument, peerVariables, protectBareTables } from './baselines/peer-submissions.ts';
import { makePlace, type Asker, type Place } from './support/place.ts';
import { servePostgraphile } from './baselines/postgraphile-server.ts';
import { countRows, expectWritten, submission, SUBMIT } from './support/submissions.ts';
import { untilAdmitted } from './support/until.ts';

const AT_ONCE = 32;

export interface PeerOptions {
  /** Single submissions a run, 32 at a time. */
  readonly requests: number;
  /** Reports a run, one after the other, of so many names each. */
  readonly reports: number;
  readonly names: number;
  readonly pairs: number;
}

/**
 * The same rows by the mutations that PostGraphile 5 makes of the same tables: as the same login, under policies of the
 * same conditions, without ledger, triggers and foreign keys, and each mutation a transaction of its own, as it does
 * it. What its users do with many rows is many mutations in one document; it has no other way of its own.
 */
export async function submitPeer({ requests, reports, names, pairs }: PeerOptions): Promise<Figure[]> {
  const place = await makePlace();
  const admin = await place.connect();
  await makeBareTables(admin);
  await protectBareTables(admin);
  const organisation = randomUUID();
  const connectionString = urlOf('tocsin_app', place.address);
  const peer = await servePostgraphile({ connectionString, schema: 'bare', settings: { 'tocsin.org': organisation } });
  const loader = new Loader();
  const side = { place, admin, loader };
  const cert = await place.organisation(['CERT']);
  const figure = (metric: string, bars: { bar: number; goal: number }, load: Load) =>
    compare(
      { name: 'submit-peer', metric, ...bars, better: 'least' },
      () => submitOurs(side, cert, load),
      () => submitTheirs(side, { url: peer.url, organisation }, load),
      pairs,
    );
  try {
    return [
      await figure(
        'single submissions/s / PostGraphile 5',
        { bar: 0.8, goal: 1.2 },
        { count: requests, names: 1, atOnce: AT_ONCE },
      ),
      await figure(
        `reports of ${names} names/s / PostGraphile 5`,
        { bar: 3, goal: 10 },
        { count: reports, names, atOnce: 1 },
      ),
    ];
  } finally {
    await loader.stop();
    await peer.stop();
    await admin.end();
    await place.leave();
  }
}

interface Load {
  readonly count: number;
  /** In each submission. */
  readonly names: number;
  readonly atOnce: number;
}

interface Side {
  readonly place: Place;
  readonly admin: pg.Client;
  readonly loader: Loader;
}

const newNames = ({ names }: Load): string[] => Array.from({ length: names }, () => `name-${randomUUID()}.example`);

async function submitOurs({ place, admin, loader }: Side, cert: Asker, load: Load): Promise<number> {
  const vendor = await place.organisation(['VENDOR'], cert);
  const before = await countRows(admin, 'hub');
  const bodies = Array.from({ length: load.count }, () =>
    JSON.stringify({ query: SUBMIT, variables: submission(newNames(load)) }),
  );
  // Where large submissions are taken, one at a time for each key.
  const url = load.names > 1 ? `${place.hub.url}/bulk` : place.hub.url;
  const rate = await loader.rate({ url, key: vendor.key, bodies, atOnce: load.atOnce }, (data) => {
    const { submitReport } = data as { submitReport: { results: { __typename: string }[] | null } };
    const accepted = submitReport.results?.filter(({ __typename }) => __typename === 'IndicatorAccepted');
    if (accepted?.length !== load.names) throw new Error(JSON.stringify(data).slice(0, 500));
  });
  expectWritten(before, await countRows(admin, 'hub'), load.count, load.names);
  return rate;
}

async function submitTheirs(
  { admin, loader }: Side,
  { url, organisation }: { url: string; organisation: string },
  load: Load,
): Promise<number> {
  // What the hub still does of its own run is not the peer's to pay.
  await untilAdmitted(admin);
  const before = await countRows(admin, 'bare');
  const query = peerDocument(load.names);
  const bodies = Array.from({ length: load.count }, () =>
    JSON.stringify({ query, variables: peerVariables(organisation, newNames(load)) }),
  );
  const rate = await loader.rate({ url, key: null, bodies, atOnce: load.atOnce }, (data) => {
    const made = Object.values(data as Record<string, object | null>);
    if (made.length !== 2 + 2 * load.names || made.includes(null)) throw new Error('A mutation was not done.');
  });
  expectWritten(before, await countRows(admin, 'bare'), load.count, load.names);
  return rate;
}
