// The API only grows. While its version is below 1 it may break, if CHANGELOG.md says so in the same change.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { buildSchema, findBreakingChanges } from 'graphql';

const FILE = 'schema/schema.graphql';
const git = (...words) => execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

/** What this change is compared with: where it left main, or on main itself the commit before. */
function findBase() {
  const head = git('rev-parse', 'HEAD').trim();
  const left = attempt(() => git('merge-base', 'HEAD', 'origin/main').trim());
  return left !== null && left !== head ? left : attempt(() => git('rev-parse', '--verify', 'HEAD~1').trim());
}

const base = findBase();
const before = base === null ? null : attempt(() => git('show', `${base}:${FILE}`));
if (before === null) {
  console.log('There is no earlier schema to compare with.');
} else {
  const changes = findBreakingChanges(buildSchema(before), buildSchema(readFileSync(FILE, 'utf8')));
  for (const { type, description } of changes) console.log(`${type}: ${description}`);
  const told = git('diff', '--name-only', base, '--', 'CHANGELOG.md').trim() !== '';
  const major = Number(JSON.parse(readFileSync('package.json', 'utf8')).version.split('.')[0]);
  if (changes.length === 0) console.log('Nothing that clients use was taken away.');
  else if (major > 0) fail('Keep it, mark it @deprecated with a date and a replacement, and add the new beside it.');
  else if (!told) fail('Say in CHANGELOG.md what breaks, for whom, and what to do instead.');
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
