// Follows your feed, prints it and acknowledges it: node examples/watch.mjs URL KEY [FILE-FOR-THE-CURSOR]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

const [address, key, file = 'cursor.txt'] = process.argv.slice(2);
const url = new URL('/graphql', address).href.replace('http', 'ws');
const HEAD = 'query { events(first: 1) { head } }';
const READ = 'mutation ($cursor: String!) { acknowledgeEvents(cursor: $cursor) { upTo } }';
const FEED = `subscription ($cursor: String!) { events(after: $cursor) { cursor events { sequence kind summary subjects details } } }`;

let silence; // A line that died without a word shows by the missing pong.
const on = {
  ping: (received) => received || (silence = setTimeout(() => client.terminate(), 5_000)),
  pong: (received) => received && clearTimeout(silence),
};
const connectionParams = { authorization: `Bearer ${key}` };
const client = createClient({ url, connectionParams, retryAttempts: 0, keepAlive: 10_000, on });
async function* ask(query, variables) {
  for await (const one of client.iterate({ query, variables }))
    yield one.errors ? Promise.reject(one.errors) : one.data;
}

let cursor = existsSync(file) ? readFileSync(file, 'utf8') : null;
let owed = false; // Whether a cut may have swallowed an acknowledgement.
for (;;) {
  try {
    if (cursor === null) cursor = (await ask(HEAD).next()).value.events.head; // From now on.
    if (owed) await ask(READ, { cursor }).next();
    for await (const { events: page } of ask(FEED, { cursor })) {
      for (const { sequence, kind, summary } of page.events) console.log(sequence, kind, summary); // Your work.
      [cursor, owed] = [page.cursor, page.events.some(({ kind }) => kind !== 'EVENTS_ACKNOWLEDGED')];
      if (owed) await ask(READ, { cursor }).next(); // From here on nobody can say that you were not told.
      writeFileSync(file, cursor);
    }
  } catch (error) {
    if (Array.isArray(error) || [4401, 4403].includes(error.code)) throw error; // Refused: coming back is no use.
  }
  await sleep(1_000);
}
