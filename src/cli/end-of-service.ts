const LOOK_EVERY_MS = 200;
/** A terminal sends Ctrl-C to npm and to us, and npm sends it again: only a later one means "now". */
const IMPATIENT_MS = 1_000;
const KILLED_BY_INT = 130;

/**
 * Resolves with the reason when the process is told to end: by a signal, or, where asked, by the end of its parent.
 * A second signal ends it at once; the database then ends by itself.
 */
export function toldToEnd({ withParent }: { withParent: boolean }): Promise<string> {
  return new Promise((resolve) => {
    let since: number | null = null;
    const end = (reason: string) => {
      if (since !== null && Date.now() - since > IMPATIENT_MS) process.exit(KILLED_BY_INT);
      since ??= Date.now();
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
    if (!withParent) return;
    // Whoever is left behind gets another parent; Node has no event for it.
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      end('its parent ended');
    }, LOOK_EVERY_MS);
    timer.unref();
  });
}
