import fs from 'node:fs';

/** One process for its whole life: a pid is used again after its process ended, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

/** Undefined when there is no such process, or only its zombie: a zombie holds neither memory nor files any more. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const [state, ...rest] = statOf(pid);
  const start = rest[18];
  return start === undefined || state === 'Z' || state === 'X' ? undefined : { pid, start };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.start === identity.start;
}

export function thisProcess(): ProcessIdentity {
  return identityOf(process.pid) ?? { pid: process.pid, start: 'unknown' };
}

/** 0 when there is none. */
export function parentOf(pid: number): number {
  return Number(statOf(pid)[1] ?? 0);
}

export function everyProcess(): number[] {
  return fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** The command line; empty when the process is gone. */
export function wordsOf(pid: number): string[] {
  return readProcess(pid, 'cmdline').split('\0');
}

export function formatIdentity({ pid, start }: ProcessIdentity): string {
  return `${pid}-${start}`;
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+)-(\w+)$/.exec(text);
  return match?.[1] && match[2] ? { pid: Number(match[1]), start: match[2] } : undefined;
}

/** For a message to a person: the program and its script, without the arguments, where secrets may be. */
export function describeProcess(pid: number): string {
  const words = wordsOf(pid).slice(0, 2).join(' ').trim();
  return words === '' ? `${pid}` : `${pid} (${words})`;
}

/** The fields from the third (state) on. The second is the program's name in brackets, and may hold spaces and brackets. */
function statOf(pid: number): string[] {
  const text = readProcess(pid, 'stat');
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readProcess(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
