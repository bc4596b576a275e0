import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { RawSocket } from '../feed/raw-socket.ts';
import { AUDIENCE, TestIssuer } from '../support/issuer.ts';
import { WAYS } from '../support/revocation.ts';
import { createWorld, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await TestIssuer.start('machine');
  world = await createWorld({
    clock,
    oauth: { issuers: [issuer.url], audience: AUDIENCE },
    sockets: { lookEveryMs: 25, credentialEveryMs: 50 },
  });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});

async function listening(credential: string): Promise<RawSocket> {
  const socket = await RawSocket.signedIn(world.hub.wsUrl, credential);
  socket.listens('1.0');
  await socket.hears('next');
  return socket;
}

test.each(Object.entries(WAYS))('%s closes its open sockets, and no others', async (_name, way) => {
  const [organisation, other] = [await world.organisation(['VENDOR']), await world.organisation(['VENDOR'])];
  const hub = { url: world.hub.url, operator: world.operator.key, issuer, audience: AUDIENCE };
  const ending = { ...hub, organisation, now: clock.now };
  const { credential, end } = await way(ending);
  const [doomed, bystander] = [await listening(credential), await listening(other.key)];
  await end();
  // As long as a node believes a credential without looking again; then the next look at an idle socket finds it.
  ahead += 6_000;
  expect(await doomed.closed).toEqual({ code: 4403, reason: 'The key was revoked or has expired' });
  expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
  bystander.socket.terminate();
});
