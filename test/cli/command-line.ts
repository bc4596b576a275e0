import { vi } from 'vitest';

import { makeProgram } from '../../src/cli/main.ts';
import { reportFailure } from '../../src/cli/report-failure.ts';

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

/** Runs a command in this process, with nothing but `environment` around it. */
export async function runHere(words: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const json = words.includes('--json');
  const before = process.exitCode;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0),
    vi.spyOn(console, 'error').mockImplementation((text) => void stderr.push(`${String(text)}\n`)),
  ];
  const said = ['DATABASE_URL', ...Object.keys(process.env).filter((name) => name.startsWith('TOCSIN_'))];
  for (const name of new Set([...said, ...Object.keys(environment)])) vi.stubEnv(name, environment[name]);
  try {
    process.exitCode = undefined;
    const failed = await makeProgram(json)
      .parseAsync(['node', 'tocsin', ...words])
      .then(
        () => null,
        (error: unknown) => reportFailure(error, json),
      );
    return { stdout: stdout.join(''), stderr: stderr.join(''), exit: failed ?? Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
