import path from 'node:path';

import { z } from 'zod';

import { readIfThere, writePrivately } from './private-file.ts';

const runningFile = z.object({
  pid: z.number(),
  url: z.string(),
  databasePort: z.number(),
  stopping: z.boolean(),
});

/** What `running.json` says of the process that serves the folder, for other starts and for commands on the machine. */
export type Running = z.infer<typeof runningFile>;

const fileIn = (folder: string): string => path.join(folder, 'running.json');

export function writeRunning(folder: string, running: Running): void {
  writePrivately(fileIn(folder), `${JSON.stringify(running)}\n`);
}

/** What is said of this process, null for any other: the file stays, and names the last one that served. */
export function readRunning(folder: string, pid: number | undefined): Running | null {
  const text = readIfThere(fileIn(folder));
  if (text === null) return null;
  const read = runningFile.safeParse(JSON.parse(text));
  return read.success && read.data.pid === pid ? read.data : null;
}
