import { setTimeout as wait } from 'node:timers/promises';

import type { Permission } from '../../src/platform/viewer.ts';
import { ask, type Answer } from '../support/api.ts';
import { askOverSocket } from './answers.ts';
import type { Operation } from './operation.ts';
import { PARTIES, clientOf, permissionsOf, type PartyName, type Thread } from './thread.ts';
import { tokensOf } from './tokens.ts';

/** Those who are let in by nothing: without a credential, with one that is no longer good, or never was for this hub. */
export const SHUT_OUT = [
  'none',
  'expired',
  'revoked',
  'suspended',
  'otherAudience',
  'expiredToken',
  'revokedToken',
] as const;

export const ASKERS = [...SHUT_OUT, ...PARTIES, 'without'] as const;
export type Asker = (typeof ASKERS)[number];

/** For each party, a credential of the kind. */
export type Credentials = Readonly<Record<PartyName, string>>;
type Spoilt = 'expired' | 'revoked' | 'otherAudience' | 'expiredToken' | 'revokedToken';

const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';

/** The keys and tokens by which a thread's parties are asked, good and not good. */
export class Askers {
  private constructor(
    private readonly thread: Thread,
    private readonly spoilt: Readonly<Record<Spoilt, Credentials>>,
  ) {}

  /** None of the credentials that are no longer good was used while it was: no node remembers it as good. */
  static async of(thread: Thread): Promise<Askers> {
    const until = new Date(Date.now() + 2_000);
    const made = await Promise.all(
      PARTIES.map(async (name) => {
        const party = thread.parties[name];
        const all = await permissionsOf(party);
        const [expiring, revoked] = [await clientOf(party, all, until), await clientOf(party, all)];
        await party.ask(REVOKE, { id: revoked.client });
        const keys = { expired: expiring.party.key, revoked: revoked.party.key };
        return [name, { ...keys, ...(await tokensOf(thread, party)) }] as const;
      }),
    );
    await wait(Math.max(0, until.getTime() - Date.now()) + 1);
    const all = (kind: Spoilt) =>
      [kind, Object.fromEntries(made.map(([name, each]) => [name, each[kind]])) as Credentials] as const;
    const kinds = ['expired', 'revoked', 'otherAudience', 'expiredToken', 'revokedToken'] as const;
    return new Askers(thread, Object.fromEntries(kinds.map(all)) as Record<Spoilt, Credentials>);
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
      case 'suspended':
        return suspended.key;
      case 'expired':
      case 'revoked':
      case 'otherAudience':
      case 'expiredToken':
      case 'revokedToken':
        return this.spoilt[asker][right];
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
