import type pg from 'pg';

interface FunctionRow {
  signature: string;
  owner: string;
  definition: string;
  executors: string[];
}

/** Every function of the schema, by name: its text, its owner (who it acts as, where it is SECURITY DEFINER), who may call it. */
export async function functionsText(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<FunctionRow>(FUNCTIONS);
  return rows
    .map(({ signature, owner, definition, executors }) => {
      const grant =
        executors.length === 0 ? [] : [`GRANT EXECUTE ON FUNCTION ${signature} TO ${executors.join(', ')};`];
      return [`${definition.trimEnd()};`, `ALTER FUNCTION ${signature} OWNER TO ${owner};`, ...grant].join('\n');
    })
    .join('\n\n');
}

const FUNCTIONS = `
SELECT format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS signature, o.rolname AS owner, pg_get_functiondef(p.oid) AS definition,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE g.rolname::text END
               FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a LEFT JOIN pg_roles g ON g.oid = a.grantee
              WHERE a.grantee <> p.proowner ORDER BY coalesce(g.rolname, '') COLLATE "C") AS executors
  FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner WHERE p.pronamespace = 'hub'::regnamespace
 ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"`;
