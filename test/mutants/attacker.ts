import { CAST, type Attack } from '../database/attack.ts';
import { ATTACKS_ON_DESKS } from '../database/attacks-on-desks.ts';
import { ATTACKS_ON_PEOPLE } from '../database/attacks-on-people.ts';
import { ATTACKS } from '../database/attacks.ts';
import { BLIND_ATTACKS } from '../database/blind.ts';
import { FORGERIES } from '../database/forgeries.ts';
import { HELD } from '../database/held.ts';
import type { Run } from '../database/oracle.ts';
import { codeOf } from '../database/entries.ts';

export const ALL_ATTACKS: readonly Attack[] = [
  ...ATTACKS,
  ...ATTACKS_ON_DESKS,
  ...ATTACKS_ON_PEOPLE,
  ...FORGERIES,
  ...BLIND_ATTACKS,
];

/** Tries the attacks of test/database/attacks.ts inside a transaction in which something was taken away. */
export class Attacker {
  private constructor(
    private readonly admin: Run,
    private readonly cast: ReadonlyMap<string, string>,
  ) {}

  /** Throws if an attack is not held while all is in place: nothing would be shown by its getting through then. */
  static async of(admin: Run): Promise<Attacker> {
    const cast = new Map<string, string>();
    const attacker = new Attacker(admin, cast);
    for (const [name, text] of Object.entries(CAST)) {
      const [row] = await admin<{ id: string }>(attacker.filled(text));
      if (!row) throw new Error(`Nobody plays ${name}.`);
      cast.set(name, row.id);
    }
    await admin('BEGIN');
    const through = await attacker.through(ALL_ATTACKS);
    await admin('ROLLBACK');
    if (through) throw new Error(`All is in place, and yet a tenant can ${through.what}.`);
    return attacker;
  }

  /** Whether one of the attacks ends otherwise than it should. */
  async notices(attacks: readonly Attack[]): Promise<boolean> {
    return (await this.through(attacks)) !== null;
  }

  private async through(attacks: readonly Attack[]): Promise<Attack | null> {
    await this.admin('SET LOCAL SESSION AUTHORIZATION tocsin_app');
    for (const attack of attacks) {
      await this.admin('SAVEPOINT attack');
      const held = await this.tried(attack);
      await this.admin('ROLLBACK TO attack');
      if (held !== attack.held) return attack;
    }
    return null;
  }

  private async tried({ as, sql }: Attack): Promise<string | null> {
    await this.admin("SELECT set_config('tocsin.org', $1, true)", [this.cast.get(as) ?? '']);
    let rows = 0;
    const counted = /^(INSERT|UPDATE|DELETE)/.test(sql) ? `${sql} RETURNING 1` : sql;
    const code = await codeOf(this.admin(this.filled(counted)).then(({ length }) => (rows = length)));
    return code === null ? (rows === 0 ? 'no row' : null) : (HELD[code] ?? code);
  }

  private filled(text: string): string {
    return text.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
      const id = this.cast.get(name);
      return id === undefined ? whole : `'${id}'::uuid`;
    });
  }
}
