import { ATTACKS } from '../database/attacks.ts';
import { Oracle, TABLES, type Run } from '../database/oracle.ts';
import type { World } from '../support/world.ts';
import { Attacker } from './attacker.ts';
import type { Mutant } from './mutant.ts';

interface Policy {
  readonly name: string;
  readonly table: string;
  readonly cmd: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'ALL';
  readonly roles: readonly string[];
  readonly part: 'USING' | 'WITH CHECK';
}

/** A policy has two halves, what it lets be found and what it lets be written; one that says true is open already. */
const POLICIES = `SELECT policyname AS name, tablename AS table, cmd, roles::text[] AS roles, part
    FROM pg_policies, (VALUES ('USING'), ('WITH CHECK')) AS p(part)
   WHERE schemaname = 'hub' AND CASE part WHEN 'USING' THEN qual <> 'true' ELSE with_check <> 'true' END
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
function about(table: string): typeof ATTACKS {
  const naming = ATTACKS.filter(({ sql }) => new RegExp(`\\b${table}\\b`).test(sql));
  return [...naming, ...ATTACKS.filter((attack) => !naming.includes(attack))];
}

/** What is asked while the half of the policy lets everything through; put back by undoing the transaction. */
async function opened({ name, table, part }: Policy, admin: Run, notices: () => Promise<boolean>): Promise<boolean> {
  await admin('BEGIN');
  try {
    await admin(`ALTER POLICY ${name} ON ${table} ${part} (true)`);
    return await notices();
  } finally {
    await admin('ROLLBACK');
  }
}
