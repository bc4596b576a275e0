import type { App } from '../../app/create-app.ts';
import { append, theHub } from '../../ledger/append.ts';
import { draft } from '../../ledger/fact.ts';
import { newIds, rowIdOf } from '../../platform/ids.ts';
import { permissionsOf } from '../../platform/viewer.ts';
import { ClientLinked } from '../../tenancy/organisation.facts.ts';
import { DEMO_SLUGS, type DemoFile, type DemoOAuth, type DemoSlug } from '../demo-file.ts';
import type { OidcSecrets } from './secrets.ts';

/** The second client of an organisation, which proves itself by a key. */
export const keyClientOf = (slug: DemoSlug): string => `${slug}-key`;

/** How the organisations of a trial get access tokens, in the words of demo.json. */
export function describeOAuth(issuer: string, audience: string, { clients }: OidcSecrets): DemoOAuth {
  const told = DEMO_SLUGS.map((slug) => {
    const { secret, key } = clients[slug];
    return [slug, { clientId: slug, clientSecret: secret, keyClientId: keyClientOf(slug), privateKey: key }];
  });
  return {
    issuer,
    tokenUrl: `${issuer}/token`,
    resource: audience,
    clients: Object.fromEntries(told) as DemoOAuth['clients'],
  };
}

/**
 * Lets the tokens of the trial's own issuer act for its organisations; by the hub itself, and said so in their feeds.
 * Each link once: a trial that starts on another port is another issuer.
 */
export function linkDemoClients(app: App, issuer: string, organisations: DemoFile['organisations']): Promise<void> {
  const links = DEMO_SLUGS.flatMap((slug) => {
    const { id, roles } = organisations[slug];
    const organisation = rowIdOf('Organisation', id) ?? '';
    return [slug, keyClientOf(slug)].map((issuerClient) => ({
      organisation,
      issuerClient,
      permissions: permissionsOf(roles),
    }));
  });
  return app.work.asSystem(async (tx) => {
    const made = await tx.query<Made & object>(
      `INSERT INTO client (id, organisation_id, name, permissions, issuer, issuer_client, issuer_subject)
       SELECT l.id, l.organisation, 'demo tokens of ' || l.client, string_to_array(l.permissions, ' '), $5, l.client, l.client
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS l(id, organisation, client, permissions)
       ON CONFLICT (issuer, issuer_client, issuer_subject) WHERE revoked_at IS NULL DO NOTHING
       RETURNING id, organisation_id, name, issuer_client`,
      [
        newIds(links.length),
        links.map(({ organisation }) => organisation),
        links.map(({ issuerClient }) => issuerClient),
        links.map(({ permissions }) => permissions.join(' ')),
        issuer,
      ],
    );
    const drafts = made.map(({ id: clientId, organisation_id: id, name, issuer_client: client }) =>
      draft(ClientLinked, [{ id, clientId, name, issuer, issuerClient: client, issuerSubject: client }]),
    );
    await append(tx, theHub(app.clock.now()), drafts);
  });
}

interface Made {
  readonly id: string;
  readonly organisation_id: string;
  readonly name: string;
  readonly issuer_client: string;
}
