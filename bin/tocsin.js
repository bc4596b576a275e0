#!/usr/bin/env node
// Runs on any Node that knows modules, and imports nothing of ours before it knows that this one is new enough.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const placeOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const main = placeOf('../dist/src/cli/main.js');
const ownNode = placeOf('../node_modules/.bin/node');
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 11)) {
  if (existsSync(ownNode) && realpathSync(ownNode) !== realpathSync(process.execPath)) runWith(ownNode);
  else
    fail(
      `tocsin needs Node 24.11 or newer, and this is ${process.versions.node}. Start it by "npm run" or "npx" after ` +
        '"npm ci", which brings a Node of its own for Linux, or install Node 24.',
    );
} else if (existsSync(main)) {
  // Before anything is imported: graphql-js looks at it once, and then looks twice at every value.
  process.env.NODE_ENV ??= 'production';
  const { enableCompileCache } = await import('node:module');
  // Beside the code that it is made of, so that nobody else can put code there. Where that is read-only there is none.
  enableCompileCache(placeOf('../node_modules/.cache/tocsin'));
  const { run } = await import('../dist/src/cli/main.js');
  await run(process.argv);
} else fail('tocsin is not built yet. Build it with "npm run build"; "npm start" and "npm run tocsin" do so first.');

function fail(message) {
  console.error(message);
  process.exitCode = 2;
}

/** This process stays as the one that is signalled and waited for; a hub ends with it, even if it is killed. */
function runWith(node) {
  const words = process.argv.slice(2);
  if (words[0] === 'serve' || words[0] === 'work') words.push('--end-with-parent');
  const child = spawn(node, [placeOf('tocsin.js'), ...words], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} does not run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
