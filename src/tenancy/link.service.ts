import { appendOne, authorOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { TokenError, type AccessTokens } from './access-token.service.ts';
import type { Issued } from './access-token.ts';
import { findMember } from './client.service.ts';
import { ClientLinked } from './organisation.facts.ts';
import type { LinkClientInput } from './organisation.inputs.ts';
import { checkedName, checkedNetworks, checkedPermissions } from './organisation.ts';

/** Lets the tokens of an issuer's client act for an organisation. */
export class LinkService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly tokens: AccessTokens,
  ) {}

  /** Shown a token and not told a name: nobody can take for its own what another organisation's client holds. */
  async link(viewer: Viewer, input: LinkClientInput): Promise<{ clientId: string; entryId: string }> {
    const permissions = checkedPermissions(input.permissions, viewer.roles);
    const name = checkedName(input.name, 'name');
    const networks = checkedNetworks(input.networks);
    const { issuer, clientId: issuerClient, subject: issuerSubject } = await this.read(input.accessToken);
    return this.work.as(viewer, async (tx) => {
      const memberId = await findMember(tx, input.member);
      const id = newId();
      const [made] = await tx.query(
        `INSERT INTO client (id, organisation_id, member_id, name, permissions, expires_at, issuer, issuer_client, issuer_subject, networks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (issuer, issuer_client, issuer_subject) WHERE revoked_at IS NULL DO NOTHING RETURNING id`,
        [
          ...[id, viewer.organisationId, memberId, name, permissions, input.expiresAt ?? null],
          ...[issuer, issuerClient, issuerSubject, networks],
        ],
      );
      if (!made) {
        throw new Refusal('CONFLICT', 'This client of the issuer is linked already: revoke that first.', [
          'accessToken',
        ]);
      }
      const row = { id: viewer.organisationId, clientId: id, name, issuer, issuerClient, issuerSubject };
      const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(ClientLinked, [row]));
      return { clientId: id, entryId };
    });
  }

  private async read(token: string): Promise<Issued> {
    try {
      return await this.tokens.read(token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new Refusal('BAD_INPUT', error.message, ['accessToken']);
    }
  }
}
