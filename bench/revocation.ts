import { setTimeout as wait } from 'node:timers/promises';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { TestIssuer } from '../test/support/issuer.ts';
import { WAYS, type Ending } from '../test/support/revocation.ts';
import { toFigure, type Figure } from './support/measure.ts';
import { makePlace, type Asker } from './support/place.ts';

/** What an operator is promised: an ended credential hears nothing after so long. */
const PROMISED_SECONDS = 60;

/**
 * From the answer "it has ended" to the close of an idle socket that was open, with the limits of a hub as it is
 * served; in each way that a credential ends. The baseline is what is promised. Sockets are opened at different times,
 * since a node looks at each in a rhythm of its own.
 */
export async function revocation({ sockets, apartMs }: { sockets: number; apartMs: number }): Promise<Figure[]> {
  const [place, issuer] = [await makePlace(), await TestIssuer.start('machine')];
  const { accessTokens } = place.hub.app;
  accessTokens.trust(issuer.url);
  try {
    const organisations = new Map<string, Asker>();
    for (const name of Object.keys(WAYS)) organisations.set(name, await place.organisation(['VENDOR']));
    const measured = Object.entries(WAYS).map(async ([name, way]) => {
      const organisation = organisations.get(name);
      if (!organisation) throw new Error('There is an organisation for each way.');
      const ending = {
        ...{ url: place.hub.url, operator: place.operator.key, organisation, now: () => new Date() },
        ...{ issuer, audience: accessTokens.audience },
      };
      const pairs = await measure(place.hub.wsUrl, ending, way, { sockets, apartMs });
      const metric = `s from the end to the close of ${sockets} sockets / promised: ${name}`;
      return toFigure({ name: 'revocation', metric, bar: 1, goal: 0.5, better: 'most' }, pairs);
    });
    return await Promise.all(measured);
  } finally {
    await issuer.stop();
    await place.leave();
  }
}

async function measure(
  wsUrl: string,
  ending: Ending,
  way: (typeof WAYS)[string],
  { sockets, apartMs }: { sockets: number; apartMs: number },
): Promise<{ ours: number; baseline: number }[]> {
  const { credential, end } = await way(ending);
  let ended = Infinity;
  const open: Promise<number>[] = [];
  for (let n = 0; n < sockets; n += 1) {
    open.push((await closing(wsUrl, credential, () => ended)).closed);
    await wait(apartMs);
  }
  await end();
  ended = performance.now();
  return (await Promise.all(open)).map((seconds) => ({ ours: seconds, baseline: PROMISED_SECONDS }));
}

/** Opens a socket; `closed` says how many seconds after the end it was closed. */
async function closing(url: string, credential: string, ended: () => number): Promise<{ closed: Promise<number> }> {
  const connectionParams = { authorization: `Bearer ${credential}` };
  const client = createClient({
    ...{ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams },
    // Open and idle: one that listens hears of most of these ends in its own feed, and is looked at then.
    ...{ lazy: false, onNonLazyError: () => undefined },
  });
  const closed = new Promise<number>((resolve) => {
    client.on('closed', () => resolve(Math.max(0, (performance.now() - ended()) / 1000)));
  });
  const connected = new Promise((resolve) => client.on('connected', resolve));
  await connected;
  return { closed };
}
