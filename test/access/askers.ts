import { setTimeout as wait } from 'node:timers/promises';

import type { Permission } from '../../src/platform/viewer.ts';
import { ask, type Answer } from '../support/api.ts';
import { askOverSocket } from './answers.ts';
import type { Operation } from './operations.ts';
import { PARTIES, clientOf, permissionsOf, type PartyName, type Thread } from './thread.ts';

/** The columns of rows.ts. */
export const ASKERS = ['none', 'expired', 'revoked', 'suspended', ...PARTIES, 'without'] as const;
export type Asker = (typeof ASKERS)[number];

type Keys = Record<PartyName, string>;

const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';

/** The keys by which a thread's parties are asked, good and no longer good. */
export class Askers {
  private constructor(
    private readonly thread: Thread,
    private readonly expired: Keys,
    private readonly revoked: Keys,
  ) {}

  /** None of the keys that are no longer good was used while it was: no node remembers it as good. */
  static async of(thread: Thread): Promise<Askers> {
    const until = new Date(Date.now() + 2_000);
    const made = await Promise.all(
      PARTIES.map(async (name) => {
        const party = thread.parties[name];
        const all = await permissionsOf(party);
        const [expiring, revoked] = [await clientOf(party, all, until), await clientOf(party, all)];
        await party.ask(REVOKE, { id: revoked.client });
        return [name, { expired: expiring.party.key, revoked: revoked.party.key }] as const;
      }),
    );
    await wait(Math.max(0, until.getTime() - Date.now()) + 1);
    const keys = (of: 'expired' | 'revoked') =>
      Object.fromEntries(made.map(([name, both]) => [name, both[of]])) as Keys;
    return new Askers(thread, keys('expired'), keys('revoked'));
  }

  /** One cell of the table: the operation as this asker, about a row by its global id. */
  async ask(
    operation: Operation,
    asker: Asker,
    needed: readonly Permission[],
    { id, overSocket }: { id: string; overSocket: boolean },
  ): Promise<Pick<Answer, 'data' | 'errors'>> {
    const key = await this.keyOf(operation, asker, needed);
    const { url, wsUrl } = this.thread.world.hub;
    const { document } = operation;
    const variables = operation.variables(id, this.thread.subjects);
    return overSocket ? askOverSocket(wsUrl, key, document, variables) : ask(url, key, document, variables);
  }

  private async keyOf({ right }: Operation, asker: Asker, needed: readonly Permission[]): Promise<string | null> {
    const { parties, suspended } = this.thread;
    switch (asker) {
      case 'none':
        return null;
      case 'expired':
        return this.expired[right];
      case 'revoked':
        return this.revoked[right];
      case 'suspended':
        return suspended.key;
      case 'without': {
        const held = await permissionsOf(parties[right]);
        const left = held.filter((permission) => !needed.includes(permission));
        return (await clientOf(parties[right], left)).party.key;
      }
      default:
        return parties[asker].key;
    }
  }
}
