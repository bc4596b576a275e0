import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { flow } from '../../src/app/flow.ts';
import { folderSource } from '../../src/cli/verify-source.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import { exportHub } from '../../src/server/archive/export.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { EVENTS, SUBMIT } from '../support/api.ts';
import type { Client } from './client.ts';
import { must, until } from './experiment.ts';
import type { Load } from './load.ts';
import type { Cast, Place } from './place.ts';
import type { Roots } from './roots.ts';

/** What was acknowledged and is not there, and what is there more than once. */
export interface Books {
  readonly lost: number;
  readonly repeated: number;
}

const rowsOf = (type: string, ids: Iterable<string>): string[] => [...ids].map((id) => rowIdOf(type, id) ?? '');

/** Until everything is numbered, everything that follows has followed, and all of it is signed: twice in a row. */
export async function settled(place: Place): Promise<void> {
  const kinds = flow(systemClock).map(({ kind }) => kind);
  let quiet = 0;
  await until(
    'the hub has nothing left to do, and has signed all of it',
    async () => {
      const [row] = await place.rows<{ done: boolean }>(DONE, [kinds]);
      quiet = row?.done ? quiet + 1 : 0;
      return quiet === 2;
    },
    240_000,
  );
}

const DONE = `SELECT NOT EXISTS (SELECT FROM ledger_inbox)
  AND NOT EXISTS (SELECT FROM ledger l WHERE l.kind = ANY ($1)
        AND l.position > coalesce((SELECT f.position FROM follower f WHERE f.name = l.lane), -1))
  AND (SELECT max(size) FROM ledger_checkpoint) = (SELECT size FROM ledger_head) AS done`;

/** Compares what clients were told with what there is; throws where the hub contradicts itself. */
export async function audit(place: Place, cast: Cast, load: Load, roots: Roots): Promise<Books> {
  await settled(place);
  await roots.look();
  await roots.lookBack();
  await consistent(place, roots);
  const [missing, double] = [await lost(place, load), await repeated(place, load)];
  const heard = await feedOf(cast.vendor);
  const told: ReadonlySet<string> = new Set(heard);
  must(told.size === heard.length, "The vendor's feed tells an entry twice.");
  const unheard = load.submitted.filter(({ entryId }) => !told.has(entryId)).length;
  return { lost: missing + unheard, repeated: double + (await answeredOtherwise(cast, load)) };
}

async function lost(place: Place, { submitted, forwarded, answered }: Load): Promise<number> {
  const [row] = await place.rows<{ lost: number }>(LOST, [
    rowsOf(
      'Report',
      submitted.map(({ id }) => id),
    ),
    rowsOf(
      'Entry',
      submitted.map(({ entryId }) => entryId),
    ),
    submitted.map(({ indicators }) => indicators),
    rowsOf('Case', forwarded),
    rowsOf('InboxItem', answered),
  ]);
  return row?.lost ?? NaN;
}

const LOST = `SELECT (
    (SELECT count(*) FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS told(id, entry, indicators)
      WHERE NOT EXISTS (SELECT FROM report r WHERE r.id = told.id)
         OR NOT EXISTS (SELECT FROM ledger l WHERE l.entry_id = told.entry)
         OR indicators <> (SELECT count(*) FROM indicator i WHERE i.report_id = told.id AND i.case_id IS NOT NULL))
  + (SELECT count(*) FROM unnest($4::uuid[]) AS told(id)
      WHERE NOT EXISTS (SELECT FROM triage_case c JOIN referral f ON f.case_id = c.id WHERE c.id = told.id))
  + (SELECT count(*) FROM unnest($5::uuid[]) AS told(id)
      WHERE NOT EXISTS (SELECT FROM inbox_item i WHERE i.id = told.id AND i.state = 'ACTIONED'))
  + (SELECT count(*) FROM inbox_item i WHERE i.state = 'ACTIONED'
        AND NOT EXISTS (SELECT FROM referral f WHERE f.item_id = i.id))
)::int AS lost`;

/** Each of these happens once in the life of its subject; a report that no client knows of is one too many. */
async function repeated(place: Place, { submitted }: Load): Promise<number> {
  const [row] = await place.rows<{ repeated: number }>(REPEATED, [submitted.map(({ key }) => key), ONCE]);
  return row?.repeated ?? NaN;
}

const ONCE = [
  'REPORT_SUBMITTED',
  'INDICATORS_ACCEPTED',
  'CASES_OPENED',
  'CASES_FORWARDED',
  'REFERRALS_ISSUED',
  'ITEMS_ANSWERED',
];
const REPEATED = `SELECT (
    (SELECT count(*) FROM report) - (SELECT count(DISTINCT title) FROM report WHERE title = ANY ($1))
  + (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM entry_subject s JOIN ledger l USING (entry_id)
        WHERE l.kind = ANY ($2) GROUP BY l.kind, s.subject_id) AS each)
  + (SELECT count(*) - count(DISTINCT (coordinator_id, resource)) FROM triage_case)
  + (SELECT count(*) - count(DISTINCT (provider_id, resource, role)) FROM inbox_item)
)::int AS repeated`;

/** A key that is used again is answered as it was the first time. */
async function answeredOtherwise({ vendor }: Cast, { submitted }: Load): Promise<number> {
  let others = 0;
  for (const told of submitted.slice(-20)) {
    const { report, receipt } = await vendor.does(SUBMIT, told.input, told.key);
    if (report.id !== told.id || receipt.entryId !== told.entryId) others += 1;
  }
  return others;
}

/** The whole feed, page by page, as a client reads it; the entries in it. Throws where a number is missing. */
export async function feedOf(client: Client): Promise<string[]> {
  const heard: string[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await client.asks(EVENTS, { after, first: 500 });
    const { cursor, events } = data.events;
    for (const { sequence, entryId } of events) {
      heard.push(entryId);
      must(Number(sequence) === heard.length, `A feed goes from ${heard.length - 1} to ${sequence}.`);
    }
    if (events.length === 0) return heard;
    after = cursor;
  }
}

/** Positions and feeds are dense, nothing was set aside, and every entry, tile, checkpoint and chain verifies. */
async function consistent(place: Place, roots: Roots): Promise<void> {
  const [row] = await place.rows<Record<string, boolean>>(CONSISTENT);
  for (const [what, holds] of Object.entries(row ?? {})) must(holds, `It does not hold: ${what}.`);
  const into = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-audit-')), 'export');
  try {
    await exportHub(place.address, 'TRIAL', into);
    const { ok, fault } = await verifyLog(folderSource(into), 'WHOLE', { pinned: null, seen: roots.first });
    must(ok, `The log does not verify: ${JSON.stringify(fault)}`);
  } finally {
    fs.rmSync(path.dirname(into), { recursive: true, force: true });
  }
}

const CONSISTENT = `SELECT
  (SELECT count(*) = max(position) + 1 AND count(*) = (SELECT size FROM ledger_head) FROM ledger) AS "positions are dense",
  NOT EXISTS (SELECT FROM feed GROUP BY organisation_id HAVING count(*) <> max(seq) OR min(seq) <> 1) AS "feeds are dense",
  (SELECT count(*) FROM ledger_payload) = (SELECT count(*) FROM ledger) + (SELECT count(*) FROM ledger_inbox) AS "every entry that was written is numbered",
  NOT EXISTS (SELECT FROM follower_failure WHERE quarantined_at IS NOT NULL) AS "nothing was set aside"`;
