import { spawn } from 'node:child_process';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * Reads "PID START" lines; the last one is the process to end when its input closes, which the kernel does however this
 * process ends. "release" ends it without harm. It compares the start time before every signal, because a pid can be
 * used again, and ignores the signals that a terminal or a service manager sends to everybody at once: it goes last.
 */
const script = `
set -f
trap '' HUP INT TERM
pid= start= first=$1 remove=$2
while read -r word rest; do
  [ "$word" = release ] && exit 0
  pid=$word start=$rest
done
[ -n "$pid" ] || exit 0
alive() {
  read -r line < "/proc/$pid/stat" || return 1
  set -- $line
  [ "$3" != Z ] && [ "\${22}" = "$start" ]
}
await() {
  count=0
  while alive && [ $count -lt $1 ]; do sleep 0.1 || sleep 1; count=$((count + 1)); done
}
alive && kill -"$first" "$pid"
await 15
alive && kill -QUIT "$pid"
await 80
alive && kill -KILL "$pid"
[ -n "$remove" ] && rm -rf -- "$remove"
exit 0
`;

export interface Watchdog {
  watch(process: ProcessIdentity): void;
  release(): void;
}

/** `remove` is a folder to delete after the process was ended. */
export function startWatchdog(options: { signal: 'INT' | 'QUIT'; remove: string | undefined }): Watchdog {
  const dog = spawn('/bin/sh', ['-c', script, 'tocsin-postgres-watchdog', options.signal, options.remove ?? ''], {
    // Not our terminal, session, output or folder: it must outlive us and hold nothing of ours open.
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' },
  });
  const input = dog.stdin;
  dog.on('error', () => {});
  input.on('error', () => {});
  dog.unref();
  return {
    watch: ({ pid, start }) => void input.write(`${pid} ${start}\n`),
    release: () => void input.end('release\n'),
  };
}
