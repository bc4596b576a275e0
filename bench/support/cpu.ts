import fs from 'node:fs';

/** Of /proc/PID/stat, after the name: user and system time, and that of children that have ended, in ticks. */
const [PARENT, USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM] = [1, 11, 12, 13, 14];
const TICKS_PER_SECOND = 100;

function statOf(pid: number | string): number[] | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return null;
  }
}

const sum = (stat: readonly number[], fields: readonly number[]): number =>
  fields.reduce((total, field) => total + (stat[field] ?? 0), 0);

/** Seconds of CPU that a process has used. */
export function cpuOf(pid: number): number {
  const stat = statOf(pid);
  return stat ? sum(stat, [USER, SYSTEM]) / TICKS_PER_SECOND : 0;
}

/** Of PostgreSQL: its first process, those that it has waited for, and all that run. */
export function cpuOfPostgres(pid: number): number {
  const first = statOf(pid);
  const children = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)?.[PARENT] === pid);
  const running = children.reduce((total, child) => total + cpuOf(Number(child)), 0);
  return running + (first ? sum(first, [USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM]) / TICKS_PER_SECOND : 0);
}
