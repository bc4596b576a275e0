import { GraphQLError, OperationTypeNode } from 'graphql';

import type { App } from '../app/create-app.ts';
import { askedBy } from '../platform/api/asked.ts';
import { RequestContext } from '../platform/api/context.ts';
import { Looking } from '../platform/database/replica/looking.ts';
import type { Counters } from '../platform/counters.ts';
import { Denial, type RefusalCode } from '../platform/errors.ts';
import { currentRequest, requestIdFrom } from '../platform/request-id.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Load } from './load.ts';
import type { Asker, Charge, Meter } from './limits/meter.ts';
import type { Asked, OperationStore, Prepared } from './prepare-operation.ts';

/** An operation that may run, paid for. */
export interface Admitted extends Prepared {
  readonly charge: Charge;
}

/** An operation that may not. */
export interface Turned {
  readonly errors: readonly GraphQLError[];
  /** Over HTTP. */
  readonly status: 400 | 429 | 503;
  /** Seconds; only where too much was asked, by this asker or by all. */
  readonly retryAfter: number | null;
}

/** What resolvers share, and what their operation was let in for. Apollo copies it: nothing can be known by its identity. */
class PaidContext extends RequestContext {
  constructor(
    readonly charge: Charge | null,
    private readonly counters: Counters,
    readonly requestId: string,
    ...shared: ConstructorParameters<typeof RequestContext>
  ) {
    super(...shared);
  }

  override refused(code: RefusalCode): void {
    this.counters.refused(code);
  }
}

/** What an operation was let in for. */
export const chargeOf = (context: RequestContext): Charge | null =>
  context instanceof PaidContext ? context.charge : null;

/** Of the HTTP request, or of this one operation of a socket. */
export const requestIdOf = (context: RequestContext): string =>
  context instanceof PaidContext ? context.requestId : requestIdFrom(null);

/** For whom an operation runs. */
export interface Caller {
  readonly viewer: Viewer | null;
  /** Whether the credential still is what it was. */
  readonly stillHolds: () => Promise<boolean>;
  /** At the path for large submissions. */
  readonly bulk?: boolean;
  /** The replica has let go of what it looked at: once more, on the primary. */
  readonly again?: boolean;
}

/** One way in for operations over HTTP and WebSocket: documents under their limits, askers under theirs. */
export class Admission {
  constructor(
    private readonly app: App,
    readonly operations: OperationStore,
    readonly meter: Meter,
    readonly load: Load,
  ) {}

  /** Null: no document was sent, and whoever runs it says so. `entered`: the load was looked at before. */
  admit(asked: Asked, asker: Asker, entered = false): Admitted | Turned | null {
    try {
      const prepared = this.operations.prepare(asked);
      if (prepared === null) return null;
      if ('document' in prepared) {
        const { bill, cost } = prepared;
        this.load.checkOperation(bill.kind, entered);
        return { ...prepared, charge: this.meter.charge(asker, bill, cost) };
      }
      this.meter.fine(asker);
      return { errors: prepared, status: 400, retryAfter: null };
    } catch (error) {
      if (!(error instanceof Denial)) throw error;
      const { code, message, retryAfter } = error;
      const status = code === 'RATE_LIMITED' ? 429 : 503;
      return { errors: [new GraphQLError(message, { originalError: error })], status, retryAfter };
    }
  }

  /** What its resolvers share. A subscription has all the time there is; anything else must be done by its end. */
  contextFor(admitted: Admitted | null, { viewer, stillHolds, bulk = false, again = false }: Caller): RequestContext {
    const { withinMs, bulkWithinMs } = this.operations.limits;
    const within = bulk ? bulkWithinMs : withinMs;
    const ends = admitted?.bill.kind !== OperationTypeNode.SUBSCRIPTION && Number.isFinite(within);
    const who = viewer && ends ? { ...viewer, until: performance.now() + within } : viewer;
    const charge = admitted?.charge ?? null;
    const { counters, work, resolvers, schema } = this.app;
    const asks = admitted && askedBy(schema, admitted.document);
    const requestId = currentRequest() ?? requestIdFrom(null);
    const onPrimary = admitted?.bill.kind === OperationTypeNode.MUTATION ? 'change' : again ? 'lost' : null;
    const looking = new Looking(onPrimary, asks);
    return new PaidContext(charge, counters, requestId, work, who, stillHolds, resolvers, looking);
  }
}
