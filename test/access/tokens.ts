import type { JWTPayload } from 'jose';

import { ask } from '../support/api.ts';
import type { Party } from '../support/world.ts';
import { AUDIENCE } from '../support/issuer.ts';
import { permissionsOf, type Thread } from './thread.ts';

const LINK = `mutation ($input: LinkClientInput!) { linkClient(input: $input) { client errors { code message } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';

/**
 * Access tokens of the party that nobody may be let in by, each well signed by an issuer that the hub believes, of a
 * client that the party has linked: for another audience, expired, and of a client that the party has revoked.
 */
export async function tokensOf({ issuer }: Thread, party: Party) {
  const now = Math.floor(Date.now() / 1000);
  const claims = (client: string): JWTPayload => ({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: client,
    client_id: client,
    jti: client,
    iat: now - 100,
    exp: now + 600,
  });
  const [kept, left] = [claims(`kept by ${party.name}`), claims(`left by ${party.name}`)];
  await link(party, issuer.sign(kept));
  const revoked = await link(party, issuer.sign(left));
  await party.ask(REVOKE, { id: revoked });
  await mustBeLetIn(party, issuer.sign(kept));
  return {
    otherAudience: issuer.sign({ ...kept, aud: 'https://another.example/graphql' }),
    expiredToken: issuer.sign({ ...kept, exp: now - 60 }),
    revokedToken: issuer.sign(left),
  };
}

async function link(party: Party, accessToken: string): Promise<string> {
  const permissions = (await permissionsOf(party)).map((name) => name.toUpperCase().replace(':', '_'));
  const { data } = await party.ask(LINK, { input: { name: accessToken.slice(-40), permissions, accessToken } });
  if (data.linkClient.errors[0]) throw new Error(data.linkClient.errors[0].message);
  return data.linkClient.client;
}

/** What is spoilt must be the only thing that is wrong with a token, or nothing is shown by its being refused. */
async function mustBeLetIn(party: Party, token: string): Promise<void> {
  const { data } = await ask(party.world.hub.url, token, '{ viewer { organisation { id } } }');
  if (data?.viewer.organisation.id !== party.id && party.id !== '') throw new Error('A good token is not let in.');
}
