import { EXIT } from './failure.ts';

/** Prints the answer of a command: as one JSON object with --json, else as text for a person. */
export function print(json: boolean | undefined, answer: object, text: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(answer, null, 2) : text()}\n`);
}

/** Lines with columns of equal width; the last one runs free. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A reader who has seen enough (`| head`) closes our output: no fault of a command, and none that a hub may end of. */
export function tolerateClosedOutput(whenClosed: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      whenClosed();
    });
  }
}

/** What is left to do when nobody reads a command's answer any more. */
export function endQuietly(): void {
  process.exit(process.exitCode ?? EXIT.OK);
}
