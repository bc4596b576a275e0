import { pino } from 'pino';

/** Structured lines on standard error. Ids and counts only: nothing a tenant sent is ever logged. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export function makeLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
