import { FALLEN } from '../intake/indicator.states.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import type { Assessment } from '../triage/case.ts';
import { WITHHELD, type AskedParty } from './asking.queries.ts';
import type { CaseRequest } from './request.ts';

export interface ForwardedCase {
  readonly id: string;
  readonly coordinator_id: string;
  readonly coordinator_name: string;
  readonly resource: Buffer;
  readonly resource_kind: string;
  readonly value: string;
  readonly assessment: Assessment;
  readonly reference: string | null;
}

/** An indicator as a party may see it. */
export interface Line {
  readonly id: string;
  readonly case_id: string;
  readonly report_id: string;
}

/** A case and one of its parties: what a referral is to be made of. */
export interface Placed {
  readonly case: ForwardedCase;
  readonly party: AskedParty;
  readonly request: CaseRequest;
  readonly lines: readonly Line[];
}

export interface Item {
  readonly id: string;
  readonly provider_id: string;
  readonly role: string;
  readonly resource: Buffer;
  readonly kind: string;
  readonly value: string;
  readonly version: number;
}

export interface PlacedReferral {
  readonly id: string;
  readonly itemId: string;
  readonly caseId: string;
  readonly placed: Placed;
  /** What its entry says of it. */
  readonly row: {
    id: string;
    role: string;
    kind: string;
    resource: string;
    requestedAction: string;
    legalBasis: string;
    dueAt: string;
  };
}

export function lockForwarded(tx: Tx, ids: readonly string[]): Promise<ForwardedCase[]> {
  return tx.query<ForwardedCase & object>(
    `SELECT id, coordinator_id, coordinator_name, resource, resource_kind, value, assessment, reference
       FROM triage_case WHERE id = ANY ($1) AND state = 'REFERRED' ORDER BY id FOR UPDATE`,
    [ids],
  );
}

/** What was confirmed and may be told. */
export function findLines(tx: Tx, cases: readonly string[]): Promise<Line[]> {
  return tx.query<Line & object>(
    `SELECT i.id, i.case_id, i.report_id FROM indicator i JOIN triage_case c ON c.id = i.case_id JOIN report r ON r.id = i.report_id
      WHERE i.case_id = ANY ($1) AND i.case_version <= c.confirmed_version AND i.outcome NOT IN ${FALLEN} AND (${WITHHELD}) IS NULL
      ORDER BY i.id`,
    [cases],
  );
}

/** One open item for each (provider, role, resource): made, or the one that lies there. Locked either way. One that was taken back asks for the opposite, and is left alone. */
export function placeItems(tx: Tx, wanted: readonly Placed[], at: Date): Promise<Item[]> {
  const keys = [
    wanted.map(({ party }) => party.provider_id),
    wanted.map(({ party }) => party.role),
    wanted.map(({ case: one }) => one.resource),
  ];
  tx.send(
    `INSERT INTO inbox_item (id, provider_id, role, resource, resource_kind, value, state, due_at, sent_at)
     SELECT DISTINCT ON (w.provider, w.role, w.resource) w.id, w.provider, w.role, w.resource, w.kind, w.value, 'SENT', w.due, $5
       FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[], $6::text[], $7::text[], $8::timestamptz[]) AS w(provider, role, resource, id, kind, value, due)
      ORDER BY w.provider, w.role, w.resource, w.due
     ON CONFLICT (provider_id, role, resource, coalesce(delegator_id, provider_id)) WHERE state NOT IN ('CLOSED', 'RETRACTED') DO NOTHING`,
    [
      ...keys,
      newIds(wanted.length),
      at,
      wanted.map(({ case: one }) => one.resource_kind),
      wanted.map(({ case: one }) => one.value),
      wanted.map(({ request }) => request.dueAt),
    ],
  );
  return tx.query<Item & object>(
    `SELECT b.id, b.provider_id, b.role, b.resource, b.resource_kind AS kind, b.value, b.version
       FROM inbox_item b JOIN (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS k(provider, role, resource)) k
         ON b.provider_id = k.provider AND b.role = k.role AND b.resource = k.resource
      WHERE b.state NOT IN ('CLOSED', 'RETRACTED') AND b.delegator_id IS NULL ORDER BY b.id FOR UPDATE OF b`,
    keys,
  );
}

const itemKey = (provider: string, role: string, resource: Buffer): string =>
  `${provider} ${role} ${resource.toString('hex')}`;

/** The referrals under those items: what is new is issued, what is open is found. */
export async function placeReferrals(
  tx: Tx,
  wanted: readonly Placed[],
  items: readonly Item[],
  at: Date,
): Promise<{ issued: PlacedReferral[]; known: PlacedReferral[] }> {
  const itemOf = new Map(items.map((item) => [itemKey(item.provider_id, item.role, item.resource), item]));
  const open = await tx.query<{ id: string; case_id: string; item_id: string }>(
    `SELECT id, case_id, item_id FROM referral WHERE item_id = ANY ($1) AND state NOT IN ('CLOSED', 'RETRACTED') ORDER BY id FOR UPDATE`,
    [items.map(({ id }) => id)],
  );
  const openOf = new Map(open.map(({ id, case_id, item_id }) => [`${case_id} ${item_id}`, id]));
  const ids = newIds(wanted.length);
  const all = wanted.map((placed, index) => {
    const item = itemOf.get(itemKey(placed.party.provider_id, placed.party.role, placed.case.resource));
    if (!item) throw new Error('An item closed while a referral came under it.');
    const knownId = openOf.get(`${placed.case.id} ${item.id}`);
    return { known: knownId !== undefined, item, referral: toReferral(knownId ?? ids[index] ?? '', item, placed) };
  });
  const fresh = all.filter(({ known }) => !known);
  insertReferrals(tx, fresh, at);
  return {
    issued: fresh.map(({ referral }) => referral),
    known: all.filter(({ known }) => known).map(({ referral }) => referral),
  };
}

function toReferral(id: string, item: Item, placed: Placed): PlacedReferral {
  const { dueAt } = placed.request;
  const row = { id, role: item.role, kind: item.kind, resource: item.value, ...placed.party.asked, dueAt };
  return { id, itemId: item.id, caseId: placed.case.id, placed, row };
}

function insertReferrals(tx: Tx, fresh: readonly { item: Item; referral: PlacedReferral }[], at: Date): void {
  const of = <Value>(pick: (placed: Placed, item: Item, referral: PlacedReferral) => Value): Value[] =>
    fresh.map(({ item, referral }) => pick(referral.placed, item, referral));
  tx.send(
    `INSERT INTO referral (id, case_id, coordinator_id, coordinator_name, provider_id, provider_name, item_id, role, resource_kind, value,
       assessment, requested_action, legal_basis, note, case_reference, state, due_at, sent_at, item_version)
     SELECT r.id, r.case_id, r.coordinator, r.coordinator_name, r.provider, r.provider_name, r.item, r.role, r.kind, r.value,
       r.assessment, r.action, r.basis, r.note, r.case_reference, 'SENT', r.due, $1, r.item_version
       FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::text[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::int[])
         AS r(id, case_id, coordinator, coordinator_name, provider, provider_name, item, role, kind, value, assessment, action, basis, note, case_reference, due, item_version)`,
    [
      at,
      of((_, __, { id }) => id),
      of(({ case: one }) => one.id),
      of(({ case: one }) => one.coordinator_id),
      of(({ case: one }) => one.coordinator_name),
      of(({ party }) => party.provider_id),
      of(({ party }) => party.provider_name),
      of((_, item) => item.id),
      of((_, item) => item.role),
      of((_, item) => item.kind),
      of((_, item) => item.value),
      of(({ case: one }) => one.assessment),
      of(({ party }) => party.asked.requestedAction),
      of(({ party }) => party.asked.legalBasis),
      of(({ request }) => request.note),
      of(({ case: one }) => one.reference),
      of(({ request }) => request.dueAt),
      of((_, item) => item.version),
    ],
  );
}
