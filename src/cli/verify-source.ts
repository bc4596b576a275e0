import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { LogSource } from '../verifier/log-source.ts';
import { EXIT, Failure } from './failure.ts';

/** A log bundle in a folder. */
export function folderSource(folder: string): LogSource {
  return {
    read: (name) => Promise.resolve(readIfThere(path.join(folder, name))),
    lines: (name) => {
      const file = path.join(folder, name);
      return existsSync(file) ? linesOf(file) : null;
    },
  };
}

/** At once: nobody else waits for this process, and these files are small and many. */
function readIfThere(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

const READ_AT_ONCE = 256 * 1024;

async function* linesOf(file: string): AsyncGenerator<string[]> {
  let begun = '';
  const chunks: AsyncIterable<string> = createReadStream(file, { encoding: 'utf8', highWaterMark: READ_AT_ONCE });
  for await (const chunk of chunks) {
    begun += chunk;
    if (!chunk.includes('\n')) continue;
    const lines = begun.split('\n');
    begun = lines.pop() ?? '';
    yield lines;
  }
  if (begun !== '') yield [begun];
}

const TIMEOUT_MS = 30_000;

/** What a hub shows everybody of its log, at the paths of C2SP tlog-tiles. */
export function hubSource(hub: URL): LogSource {
  const base = hub.href.replace(/(\/graphql)?\/*$/, '');
  return {
    read: async (name) => {
      const response = await ask(`${base}/${name}`);
      // A hub has both from its first second on; tiles come and go.
      if (response.status === 404 && name.startsWith('tile/')) return null;
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      throw new Failure(
        'BAD_ANSWER',
        `${base}/${name} answers ${response.status}. Is this the address of a hub?`,
        EXIT.UNREACHABLE,
      );
    },
    lines: () => null,
  };
}

async function ask(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new Failure('UNREACHABLE', `${url} cannot be read: ${causeOf(error)}`, EXIT.UNREACHABLE);
  }
}

/** Behind the words "fetch failed" stands what failed. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
