import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

import type { LogSource } from '../verifier/log-source.ts';
import { EXIT, Failure } from './failure.ts';

/** A log bundle in a folder. */
export function folderSource(folder: string): LogSource {
  return {
    read: async (name) =>
      readFile(path.join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
        throw error;
      }),
    lines: (name) => {
      const file = path.join(folder, name);
      return existsSync(file) ? createInterface({ input: createReadStream(file), crlfDelay: Infinity }) : null;
    },
  };
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
