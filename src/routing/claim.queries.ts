import { draftsOf } from '../ledger/append.ts';
import { draft, type Draft, type Fact } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { assetKey, type Asset } from './claim.ts';
import type { Moved } from './docket.policy.ts';

/** What entries say of a claim. */
export interface ClaimRow extends Asset {
  readonly id: string;
}

/** Two who decide on claims at once could both verify the same asset, neither seeing the other: one after the other. */
export async function oneAtATime(tx: Tx): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('asset claims', 4))`);
}

export function insertClaims(tx: Tx, viewer: Viewer, assets: readonly Asset[], at: Date): Promise<ClaimRow[]> {
  return tx.query<ClaimRow & object>(
    `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, consenter_id, kind, role, value, state, created_at)
     SELECT a.id, $1, $2, (SELECT operator_id FROM organisation WHERE id = $1), CASE a.kind WHEN 'CONTACT_FOR' THEN holder_of(a.role, a.value, $1) END,
         a.kind, a.role, a.value, 'PENDING', $3
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) AS a(id, kind, role, value)
     ON CONFLICT (organisation_id, kind, role, value) WHERE state NOT IN ('REFUSED', 'REVOKED', 'RELEASED') DO NOTHING RETURNING id, kind, role, value`,
    [viewer.organisationId, viewer.organisationName, at, newIds(assets.length), ...columnsOf(assets)],
  );
}

/** The claims that stand for these assets, new or not, by asset. */
export async function findStanding(tx: Tx, viewer: Viewer, assets: readonly Asset[]): Promise<Map<string, string>> {
  const rows = await tx.query<ClaimRow & object>(
    `SELECT c.id, c.kind, c.role, c.value FROM asset_claim c
       JOIN unnest($2::text[], $3::text[], $4::text[]) AS a(kind, role, value) USING (kind, role, value)
      WHERE c.organisation_id = $1 AND c.state NOT IN ('REFUSED', 'REVOKED', 'RELEASED')`,
    [viewer.organisationId, ...columnsOf(assets)],
  );
  return new Map(rows.map((row) => [assetKey(row), row.id]));
}

const columnsOf = (assets: readonly Asset[]): string[][] => [
  assets.map(({ kind }) => kind),
  assets.map(({ role }) => role),
  assets.map(({ value }) => value),
];

export function moveClaims(tx: Tx, moves: readonly Moved[], at: Date): Promise<(ClaimRow & { state: string })[]> {
  return tx.query<ClaimRow & { state: string }>(
    `UPDATE asset_claim c SET state = m.state, decided_at = CASE WHEN m.decided THEN $1 ELSE c.decided_at END,
        valid_until = coalesce(m.until, c.valid_until), version = c.version + 1
       FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::boolean[]) AS m(id, state, until, decided)
      WHERE c.id = m.id RETURNING c.id, c.kind, c.role, c.value, c.state`,
    [
      at,
      moves.map(({ id }) => id),
      moves.map(({ state }) => state),
      moves.map(({ until }) => until),
      moves.map(({ decided }) => decided),
    ],
  );
}

/** A contact in an entry of its own: parted by who hears, its holder would see whose consent it waits for, or nobody's. */
export async function claimDrafts<Row extends { id: string; kind?: string | undefined }>(
  tx: Tx,
  fact: Fact<Row>,
  rows: readonly Row[],
): Promise<Draft[]> {
  const alone = rows.filter(({ kind }) => kind === 'CONTACT_FOR');
  const others = rows.filter(({ kind }) => kind !== 'CONTACT_FOR');
  return [...(await draftsOf(tx, fact, others)), ...alone.map((row) => draft(fact, [row]))];
}
