// Asks a running trial as its vendor, as a first script of a user's would.
import { readFileSync } from 'node:fs';

const { url, organisations } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { id, apiKey } = organisations.vendor;
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
  body: JSON.stringify({ query: '{ viewer { organisation { id name roles } permissions } }' }),
});
const { data, errors } = await response.json();
console.log(JSON.stringify({ status: response.status, data, errors }));
if (data?.viewer?.organisation?.id !== id) process.exitCode = 1;
