import net from 'node:net';

const FIRST = 4000;
const LAST = 4099;

/**
 * Starts on the port asked for, or on 4000 or the next that is free: two hubs of one machine then need no settings.
 * `start` is called again when somebody else took the port between the look and the start.
 */
export async function startOnPort<Started>(
  port: number | null,
  host: string,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  if (port !== null) return start(port);
  for (let candidate = FIRST; candidate <= LAST; candidate++) {
    if (!(await isFree(candidate, host))) continue;
    try {
      return await start(candidate);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new Error(`No port from ${FIRST} to ${LAST} is free on ${host}: give another with --port.`);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Anything but "taken" is left for the start itself to say. */
function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', (error) => resolve(!isTaken(error)));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
