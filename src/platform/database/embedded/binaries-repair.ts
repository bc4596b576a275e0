import fs from 'node:fs';
import path from 'node:path';

/** A list that comes with the package; its paths begin with `native/`. */
const linkList = 'pg-symlinks.json';

/**
 * npm packages cannot hold links, so the package makes those of its libraries when it is installed: not done with
 * --ignore-scripts. Some ways to unpack lose the executable bit. Failing to repair is no error here: running the
 * programs will tell.
 */
export function repairBinaries(native: string): void {
  for (const { source, target } of missingLinks(native)) {
    attempt(() => fs.symlinkSync(path.relative(path.dirname(target), source), target));
  }
  for (const program of ['initdb', 'postgres']) {
    const file = path.join(native, 'bin', program);
    attempt(() => (fs.statSync(file).mode & 0o111) !== 0 || fs.chmodSync(file, 0o755));
  }
}

export function missingLinks(native: string): { source: string; target: string }[] {
  const list = path.join(native, linkList);
  if (!fs.existsSync(list)) return [];
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const located = (name: string) => path.join(path.dirname(native), name);
  return links
    .map(({ source, target }) => ({ source: located(source), target: located(target) }))
    .filter(({ target }) => !fs.lstatSync(target, { throwIfNoEntry: false }));
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // Not ours to write to, a read-only mount, or another start was quicker.
  }
}
