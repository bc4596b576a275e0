import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Every document for people, by its place in the repository. */
export const documents: readonly string[] = globSync(['*.md', 'docs/**/*.md', 'examples/*.md', 'src/**/*.md'], {
  cwd: ROOT,
}).sort();

/** A code fence of a document. */
export interface Fence {
  readonly file: string;
  readonly language: string;
  readonly text: string;
}

export const fences: readonly Fence[] = documents.flatMap((file) =>
  [...read(file).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    file,
    language,
    text,
  })),
);

/** The rows of the table that follows a heading, without its head: cells, trimmed. */
export function tableUnder(file: string, start: string): string[][] {
  const text = read(file);
  const from = text.indexOf(start);
  if (from === -1) throw new Error(`${file} has no ${start}`);
  const lines = text.slice(from).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows = lines.slice(first).slice(
    0,
    lines.slice(first).findIndex((line) => !line.startsWith('|')),
  );
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
