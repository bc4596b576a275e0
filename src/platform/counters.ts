import { currentSpan, type Span } from './spans.ts';

/** Of the hub, not of the one who asked. */
const FAULTS: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'SERVICE_OVERLOADED']);

/** What a node counts of its own work since it started. Codes are those of closed lists: nothing here is a tenant's. */
export class Counters {
  private readonly byCode = new Map<string, number>();
  private points = 0;
  private streams = 0;

  /** Requests that were not done, by the code of their answer. */
  get refusals(): ReadonlyMap<string, number> {
    return this.byCode;
  }

  /** Points that were paid: by what came back where there was an answer, for fines and for what has a fixed price. */
  get costPoints(): number {
    return this.points;
  }

  /** Subscriptions that are open now. */
  get subscriptions(): number {
    return this.streams;
  }

  /** Also told of the span in which it happens. */
  refused(code: string): void {
    tellRefusal(currentSpan(), code);
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
  }

  paid(points: number): void {
    this.points += points;
  }

  /** A subscription began. Returns what is to be called at its end; only the first call counts. */
  subscribed(): () => void {
    this.streams += 1;
    let open = true;
    return () => {
      if (open) this.streams -= 1;
      open = false;
    };
  }
}

export const tellRefusal = (span: Span, code: string): void =>
  FAULTS.has(code) ? span.failed(code) : span.refused(code);
