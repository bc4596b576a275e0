import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who could act on something that is no case: for a look ahead. */
export class Whom1764000000014 implements MigrationInterface {
  readonly name = 'Whom1764000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FORESEE);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const FORESEE = `
-- Who can act on a resource by verified claims and by what the asker itself says of it ([{kind, value}]): no case, item
-- or look-up is read, and no organisation that the hub made because of what somebody reported. The order is that of
-- match_parties.
CREATE FUNCTION foresee_parties(resource_kind text, host text, resource_value text, facts jsonb) RETURNS TABLE (
  role text, party text, claim_kind text, claim text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT DISTINCT ON (a.role) a.role, o.name, a.kind, a.value, a.decided_at
    FROM asset_claim a JOIN organisation o ON o.id = a.organisation_id AND o.state NOT IN ('SUSPENDED', 'UNCLAIMED')
   WHERE a.key = ANY (array(SELECT unnest(keys_of(k.kind, NULL, k.value)) FROM (
           VALUES ('HOST', host), ('MAIL_EXCHANGER', CASE resource_kind WHEN 'MAILBOX' THEN host END),
             ('ADDRESS', CASE WHEN resource_kind IN ('ADDRESS', 'NETWORK') THEN resource_value END)
           UNION ALL SELECT f->>'kind', f->>'value' FROM jsonb_array_elements(facts) f) k(kind, value) WHERE k.value IS NOT NULL))
     AND a.state IN ('VERIFIED', 'EXPIRING') AND a.role = ANY (roles_that_act(resource_kind))
   ORDER BY a.role,
     CASE WHEN a.kind IN ('DOMAIN_SUFFIX', 'MAIL_DOMAIN') THEN 0 WHEN a.kind = 'CONTACT_FOR' AND a.value NOT LIKE '%/%' THEN 0
       WHEN a.kind IN ('ASN', 'TLD') THEN 2 WHEN a.kind = 'CONTACT_DOMAIN' THEN 3 ELSE 1 END,
     CASE WHEN a.kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN') THEN 0
       WHEN a.value LIKE '%/%' THEN split_part(a.value, '/', 2)::int ELSE length(a.value) END DESC,
     a.kind = 'CONTACT_FOR' DESC, a.decided_at, a.id $$;
REVOKE ALL ON FUNCTION foresee_parties FROM PUBLIC; GRANT EXECUTE ON FUNCTION foresee_parties TO tocsin_app;`;
