import type { Attack } from '../database/attack.ts';
import { Oracle, TABLES, type Run } from '../database/oracle.ts';
import type { World } from '../support/world.ts';
import { ALL_ATTACKS, Attacker } from './attacker.ts';
import type { Mutant } from './mutant.ts';

interface Policy {
  readonly name: string;
  readonly table: string;
  readonly cmd: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'ALL';
  /** What of it is opened. */
  readonly part: 'USING' | 'WITH CHECK' | 'whole';
}

/**
 * A policy has two halves, what it lets be found and what it lets be written; one that says true is open already. Where
 * both say the same, it is one rule; and what may be written is no rule where it goes by no column that can be updated.
 */
const POLICIES = `SELECT policyname AS name, tablename AS table, cmd, part
    FROM pg_policies, (VALUES ('USING'), ('WITH CHECK'), ('whole')) AS p(part)
   WHERE schemaname = 'hub' AND CASE part
           WHEN 'USING' THEN qual <> 'true' AND with_check IS DISTINCT FROM qual
           WHEN 'WITH CHECK' THEN with_check <> 'true' AND qual IS DISTINCT FROM with_check AND (cmd <> 'UPDATE' OR EXISTS (
             SELECT FROM information_schema.column_privileges c
              WHERE c.table_schema = 'hub' AND c.table_name = tablename AND c.grantee = 'tocsin_app' AND c.privilege_type = 'UPDATE'
                AND with_check ~ ('\\m' || c.column_name || '\\M')))
           ELSE qual <> 'true' AND with_check = qual END
   ORDER BY tablename, policyname, part`;

/** Each half of every row-level policy that is not open, opened: `read` by the oracle of readers, the rest by attacks. */
export async function policyMutants(readers: World, writers: World): Promise<Mutant[]> {
  const asReader: Run = (text, values) => readers.database.admin(text, values);
  const asWriter: Run = (text, values) => writers.database.admin(text, values);
  const oracle = await Oracle.of(asReader);
  const attacker = await Attacker.of(asWriter);
  return (await asWriter<Policy & Record<string, unknown>>(POLICIES)).map((policy) => ({
    name: `policy ${policy.name} on ${policy.table}, ${policy.part}`,
    killed: () =>
      policy.cmd === 'SELECT'
        ? opened(policy, asReader, async () => {
            if (!TABLES.includes(policy.table)) return false;
            await asReader('SET LOCAL ROLE tocsin_app');
            return (await oracle.faults(policy.table, asReader)).length > 0;
          })
        : opened(policy, asWriter, () => attacker.notices(about(policy.table))),
  }));
}

/** Those that name the table, first; a policy may be what holds back an attack on another. */
function about(table: string): readonly Attack[] {
  const naming = ALL_ATTACKS.filter(({ sql }) => new RegExp(`\\b${table}\\b`).test(sql));
  return [...naming, ...ALL_ATTACKS.filter((attack) => !naming.includes(attack))];
}

/** What is asked while the half of the policy lets everything through; put back by undoing the transaction. */
async function opened({ name, table, part }: Policy, admin: Run, notices: () => Promise<boolean>): Promise<boolean> {
  await admin('BEGIN');
  try {
    const open = part === 'whole' ? 'USING (true) WITH CHECK (true)' : `${part} (true)`;
    await admin(`ALTER POLICY ${name} ON ${table} ${open}`);
    return await notices();
  } finally {
    await admin('ROLLBACK');
  }
}
