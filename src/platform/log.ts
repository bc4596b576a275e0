import { pino, type DestinationStream } from 'pino';

import { currentRequest } from './request-id.ts';
import { currentSpan } from './spans.ts';

/** Structured lines on standard error. Ids and counts only: nothing a tenant sent is ever logged. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Each line of a request names it, and each that was written during a span the trace that this is in. */
export function makeLog(level: string, to: DestinationStream = pino.destination(2)): Log {
  const mixin = () => {
    const [request, { trace }] = [currentRequest(), currentSpan()];
    return { ...(request !== null && { request }), ...(trace !== null && { trace }) };
  };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin }, to);
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
