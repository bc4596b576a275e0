// A process that owns an embedded PostgreSQL, for tests that end it in every way. It prints one line of JSON when ready.
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from '../../src/platform/database/embedded/launcher.ts';

export interface Owned {
  pid: number;
  url: string;
}

const [json = '', task = 'stay'] = process.argv.slice(2);
const options: EmbeddedPostgresOptions = JSON.parse(json);
const server = await startEmbeddedPostgres(options);
const owned: Owned = { pid: server.pid, url: server.url('postgres') };

if (task === 'stay') setInterval(() => {}, 1000);
if (task === 'query on SIGINT') {
  const wait = setInterval(() => {}, 1000);
  process.once('SIGINT', () => {
    clearInterval(wait);
    // Long enough for a signal that reached the server too to have ended it.
    setTimeout(() => void query('select 1').then(() => console.log('still answering')), 300);
  });
}

// Only now, when the signal is listened to.
console.log(JSON.stringify(owned));
if (task === 'write') await writeForEver();

async function connect() {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: owned.url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function query(sql: string): Promise<void> {
  const client = await connect();
  await client.query(sql);
  await client.end();
}

async function writeForEver(): Promise<never> {
  const client = await connect();
  await client.query('create table written (n bigint primary key, filling text)');
  for (let n = 1; ; n++) {
    await client.query(`insert into written values ($1, repeat('x', 500))`, [n]);
    console.log(n);
  }
}
