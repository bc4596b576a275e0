import { pino, type DestinationStream } from 'pino';

import { currentRequest } from './request-id.ts';

/** Structured lines on standard error. Ids and counts only: nothing a tenant sent is ever logged. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Each line of a request names it. */
export function makeLog(level: string, to: DestinationStream = pino.destination(2)): Log {
  const mixin = () => {
    const request = currentRequest();
    return request === null ? {} : { request };
  };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin }, to);
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
