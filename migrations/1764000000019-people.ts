import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Members who sign in: what each may do, who each is to an OpenID provider, and their sessions. */
export class People1764000000019 implements MigrationInterface {
  readonly name = 'People1764000000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path = hub');
    await runner.query(MEMBERS);
    await runner.query(SESSIONS);
    await runner.query('GRANT CREATE ON SCHEMA hub TO tocsin_definer');
    await runner.query('SET LOCAL ROLE tocsin_definer');
    await runner.query(FUNCTIONS);
    await runner.query('RESET ROLE');
    await runner.query('REVOKE CREATE ON SCHEMA hub FROM tocsin_definer');
  }

  down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a backup instead.');
  }
}

const MEMBERS = `
ALTER TABLE member
  DROP CONSTRAINT member_state_check,
  ADD CONSTRAINT member_state_check CHECK (state IN ('ACTIVE', 'SUSPENDED', 'REMOVED')),
  -- What she may do when she is signed in; her keys have permissions of their own.
  ADD COLUMN granted text[] NOT NULL DEFAULT '{}',
  -- Who she is to an OpenID provider, from her first sign-in on: iss and sub, compared to the letter.
  ADD COLUMN issuer text CHECK (length(issuer) BETWEEN 1 AND 500),
  ADD COLUMN subject text CHECK (length(subject) BETWEEN 1 AND 255),
  -- What she shows at that first sign-in, once.
  ADD COLUMN invitation_hash bytea CHECK (length(invitation_hash) = 32),
  ADD COLUMN invitation_until timestamptz,
  ADD CONSTRAINT member_identity CHECK ((issuer IS NULL) = (subject IS NULL)),
  ADD CONSTRAINT member_invitation CHECK ((invitation_hash IS NULL) = (invitation_until IS NULL)),
  ADD CONSTRAINT member_invited_once CHECK (issuer IS NULL OR invitation_hash IS NULL);
DROP INDEX member_email;
CREATE UNIQUE INDEX member_email ON member (organisation_id, lower(email)) WHERE state <> 'REMOVED';
CREATE UNIQUE INDEX member_person ON member (organisation_id, issuer, subject) WHERE state <> 'REMOVED';
CREATE INDEX member_subject ON member (issuer, subject);
CREATE INDEX member_invitation_hash ON member (invitation_hash) WHERE invitation_hash IS NOT NULL;

-- Column by column from now on: no tenant reads a hash, and who a member is only the hub says.
REVOKE SELECT ON member FROM tocsin_app;
GRANT SELECT (id, organisation_id, name, email, state, granted, issuer, subject, invitation_until, version, created_at) ON member TO tocsin_app;
GRANT INSERT (invitation_hash, invitation_until) ON member TO tocsin_app;
GRANT UPDATE (granted, invitation_hash, invitation_until) ON member TO tocsin_app;

INSERT INTO entry_kind (kind, subject_type, hears, writes) VALUES
  ('MEMBER_JOINED', 'organisation', '{self}', '{}'), ('MEMBER_GRANTED', 'organisation', '{self}', '{self}'),
  ('MEMBER_SUSPENDED', 'organisation', '{self}', '{self}'), ('MEMBER_REINSTATED', 'organisation', '{self}', '{self}'),
  ('INVITATION_RENEWED', 'organisation', '{self}', '{self}');
INSERT INTO state_move VALUES ('member', 'ACTIVE', 'SUSPENDED', '{organisation_id}'),
  ('member', 'SUSPENDED', 'ACTIVE', '{organisation_id}'), ('member', 'SUSPENDED', 'REMOVED', '{organisation_id}');`;

const SESSIONS = `
-- Who is signed in. Made and ended by the hub itself; no tenant sees them, its own least of all.
CREATE TABLE session (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, member_id uuid NOT NULL,
  -- Of 256 random bits, which the browser has and nobody else.
  hash bytea NOT NULL CHECK (length(hash) = 32),
  acr text CHECK (length(acr) <= 255), second_factor boolean NOT NULL,
  started_at timestamptz NOT NULL, seen_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
  FOREIGN KEY (organisation_id, member_id) REFERENCES member (organisation_id, id));
CREATE INDEX session_hash ON session (hash);
CREATE INDEX session_ends ON session (ends_at);
SELECT protect('{session}');
GRANT DELETE ON session TO tocsin_system;
CREATE POLICY touch ON session FOR UPDATE TO tocsin_definer USING (true) WITH CHECK (true);
GRANT UPDATE (seen_at) ON session TO tocsin_definer;`;

const FUNCTIONS = `
-- Whose session this is. Being used keeps it from falling idle, noted once a minute at most.
CREATE FUNCTION authenticate_session(of bytea, at timestamptz, idle interval, used boolean) RETURNS TABLE (
  session_id uuid, second_factor boolean, member_id uuid, organisation_id uuid, organisation_name text, roles text[], permissions text[], expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF used THEN
    UPDATE session s SET seen_at = at
     WHERE s.hash = of AND s.ends_at > at AND s.seen_at > at - idle AND s.seen_at < at - interval '1 minute';
  END IF;
  RETURN QUERY SELECT s.id, s.second_factor, m.id, o.id, o.name, o.roles, m.granted, s.ends_at
    FROM session s JOIN member m ON m.id = s.member_id JOIN organisation o ON o.id = s.organisation_id
   WHERE s.hash = of AND s.ends_at > at AND s.seen_at > at - idle AND m.state = 'ACTIVE' AND o.state = 'ACTIVE';
END $$;

-- The same question within a tenant's own snapshot, about the session by which it asks.
CREATE FUNCTION session_holds(session uuid, at timestamptz, idle interval) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub, pg_temp AS $$
  SELECT EXISTS (SELECT FROM session s JOIN member m ON m.id = s.member_id JOIN organisation o ON o.id = s.organisation_id
   WHERE s.id = session AND s.organisation_id = me() AND s.ends_at > at AND s.seen_at > at - idle
     AND m.state = 'ACTIVE' AND o.state = 'ACTIVE') $$;
REVOKE ALL ON FUNCTION authenticate_session, session_holds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_session, session_holds TO tocsin_app;`;
