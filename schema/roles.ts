import type pg from 'pg';

interface RoleRow {
  name: string;
  attributes: string[];
  settings: string[];
}

interface MembershipRow {
  role: string;
  member: string;
  inherit: boolean;
  set: boolean;
  admin: boolean;
}

/** The logins of the hub and what each session of theirs begins with. Passwords are derived, and stand nowhere. */
export async function rolesText(client: pg.ClientBase): Promise<string> {
  const { rows: roles } = await client.query<RoleRow>(ROLES);
  const { rows: memberships } = await client.query<MembershipRow>(MEMBERSHIPS);
  const made = roles.map(({ name, attributes, settings }) =>
    [`CREATE ROLE ${name} ${attributes.join(' ')};`, ...settings.map((one) => `ALTER ROLE ${name} SET ${one};`)].join(
      '\n',
    ),
  );
  const granted = memberships.map(
    ({ role, member, inherit, set, admin }) =>
      `GRANT ${role} TO ${member} WITH ADMIN ${word(admin)}, INHERIT ${word(inherit)}, SET ${word(set)};`,
  );
  return [...made, granted.join('\n')].join('\n\n');
}

const word = (flag: boolean): string => (flag ? 'TRUE' : 'FALSE');

const ROLES = `
SELECT r.rolname AS name,
       ARRAY[CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
         CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
         CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
         CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END] AS attributes,
       ARRAY(SELECT split_part(s, '=', 1) || ' = ' || quote_literal(substr(s, position('=' IN s) + 1))
               FROM pg_db_role_setting d, unnest(d.setconfig) s WHERE d.setrole = r.oid AND d.setdatabase = 0 ORDER BY s COLLATE "C") AS settings
  FROM pg_roles r WHERE r.rolname ^@ 'tocsin_' ORDER BY r.rolname COLLATE "C"`;

const MEMBERSHIPS = `
SELECT r.rolname AS role, m.rolname AS member, bool_or(a.inherit_option) AS inherit, bool_or(a.set_option) AS set, bool_or(a.admin_option) AS admin
  FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
 WHERE r.rolname ^@ 'tocsin_' AND m.rolname ^@ 'tocsin_' GROUP BY r.rolname, m.rolname ORDER BY r.rolname COLLATE "C", m.rolname COLLATE "C"`;
