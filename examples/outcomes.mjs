// Keeps a table of what became of your indicators in step with the hub:
// node examples/outcomes.mjs URL KEY [FILE-FOR-THE-TABLE] [SECONDS-BETWEEN-ROUNDS]
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [address, key, file = 'outcomes.json', seconds] = process.argv.slice(2);
const headers = { authorization: `Bearer ${key}` };

// Your own database: by your name for an indicator (ours where you gave none), then by role. `cursor` says how far the
// table has come, and is written with it, in one step: after a crash the same page comes again and changes nothing.
const EMPTY = { cursor: '', indicators: {} };
let table = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : EMPTY;

function keep(changed) {
  table = changed;
  writeFileSync(`${file}.new`, JSON.stringify(table, null, 1));
  renameSync(`${file}.new`, file);
}

// The rows of one indicator come together: they replace all that was there, also a role that is no more.
function apply(rows, cursor) {
  const indicators = { ...table.indicators };
  for (const [name, each] of Map.groupBy(rows, (row) => row.externalId ?? row.indicatorId)) {
    indicators[name] = Object.fromEntries(each.map((row) => [row.role, row])); // Your work: an UPDATE, a ticket.
  }
  keep({ cursor, indicators });
  if (rows.length > 0) console.log(`${rows.length} rows up to ${cursor}`);
}

// One page; whether there are more.
async function readPage() {
  const url = new URL('/outcomes', address);
  url.search = new URLSearchParams({ format: 'ndjson', first: '1000', changedAfter: table.cursor });
  const response = await fetch(url, { headers });
  if (response.status === 410) {
    // The hub was restored from a backup: what it does not know any more must not stay.
    keep(EMPTY);
    return true;
  }
  if (!response.ok) throw Object.assign(new Error(await response.text()), { refused: response.status < 500 });
  const lines = (await response.text()).split('\n').filter(Boolean);
  apply(
    lines.map((line) => JSON.parse(line)),
    response.headers.get('tocsin-cursor'),
  );
  return response.headers.has('link');
}

do {
  try {
    while (await readPage());
  } catch (error) {
    // Refused: coming back is no use. Otherwise the hub is away, and the table stays as it is until it is there again.
    if (error.refused || seconds === undefined) throw error;
    console.error(error.message);
  }
  if (seconds !== undefined) await sleep(seconds * 1000);
} while (seconds !== undefined);
