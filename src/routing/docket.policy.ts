import { Refusal, notFound } from '../platform/errors.ts';
import { claimStates, type ClaimState, type ClaimVerb } from './claim.states.ts';
import { assetKey, type Asset, type ClaimDecision } from './claim.ts';

/** A claim that somebody may decide on. */
export interface Decidable extends Asset {
  readonly id: string;
  readonly state: ClaimState;
  /** Whether by the operator; else by the holder of the asset, who consents to a contact for it. */
  readonly operated: boolean;
  readonly consenter: string | null;
}

/** Somebody else's claim of the very same asset that routes now. */
export interface Rival {
  readonly claim: string;
  readonly rival: string;
  readonly state: ClaimState;
  /** Held by an organisation that the hub made itself: it gives way to whoever proves that the key is its own. */
  readonly unclaimed: boolean;
  /** Whether its operator is the one that decides. */
  readonly operated: boolean;
}

/** A claim on its way into another state. */
export interface Moved {
  readonly id: string;
  readonly state: ClaimState;
  /** Until when it routes; null leaves that as it is. */
  readonly until: Date | null;
  /** Whether it was decided anew, so that it stands behind those verified before. */
  readonly decided: boolean;
}

const VERB: Readonly<Record<ClaimDecision, ClaimVerb>> = {
  VERIFY: 'verify',
  REFUSE: 'refuse',
  RENEW: 'renew',
  REVOKE: 'revoke',
  DISPUTE: 'dispute',
  UPHOLD: 'uphold',
};
const CONSENTING: readonly ClaimDecision[] = ['VERIFY', 'REFUSE', 'RENEW', 'REVOKE'];

/** One decision on many claims: what each becomes, and what becomes of the claims that stand in its way. */
export class Docket {
  private readonly moved = new Map<string, Moved>();
  /** Who has each asset after what was decided so far. */
  private readonly taken = new Map<string, string>();
  private readonly rivals: ReadonlyMap<string, readonly Rival[]>;

  constructor(
    private readonly decider: string,
    private readonly decision: ClaimDecision,
    private readonly until: Date | null,
    rivals: readonly Rival[],
  ) {
    this.rivals = Map.groupBy(rivals, ({ claim }) => claim);
  }

  get moves(): Moved[] {
    return [...this.moved.values()];
  }

  /** Notes what the claim becomes. Throws where it does not take this decision, or not from the one that decides. */
  decide(row: Decidable | undefined): { id: string } {
    if (!row) throw notFound();
    this.checkConsent(row);
    const verb = this.verbFor(row);
    const state = claimStates.after(row.state, verb);
    const until = state === 'VERIFIED' ? this.until : null;
    this.moved.set(row.id, { id: row.id, state, until, decided: verb !== 'renew' });
    if (state !== 'VERIFIED') return { id: row.id };
    this.taken.set(assetKey(row), row.id);
    for (const rival of this.rivals.get(row.id) ?? []) this.giveWay(rival, verb);
    return { id: row.id };
  }

  private checkConsent({ operated, consenter }: Decidable): void {
    const consents = consenter === this.decider;
    if (!operated && !CONSENTING.includes(this.decision)) {
      throw new Refusal('FORBIDDEN', 'The holder of the asset consents, or does not; the operator settles the rest.');
    }
    if (consenter !== null && !consents && ['VERIFY', 'RENEW', 'UPHOLD'].includes(this.decision)) {
      throw new Refusal('WRONG_STATE', 'It waits for the consent of the holder of the asset.');
    }
  }

  private verbFor(row: Decidable): ClaimVerb {
    const active = (this.rivals.get(row.id) ?? []).filter(({ unclaimed }) => !unclaimed);
    const other = this.taken.get(assetKey(row));
    const contested = active.length > 0 || (other !== undefined && other !== row.id);
    if (contested && this.decision === 'VERIFY') return 'dispute';
    if (contested && this.decision === 'RENEW' && row.state === 'EXPIRED') throw heldByAnother();
    if (this.decision === 'UPHOLD' && ((other ?? row.id) !== row.id || active.some(({ operated }) => !operated))) {
      throw heldByAnother();
    }
    return VERB[this.decision];
  }

  /** What is another operator's stays as it is: of two claims the matcher takes the member's, then the first verified. */
  private giveWay({ rival, state, unclaimed, operated }: Rival, verb: ClaimVerb): void {
    if (!operated || (!unclaimed && verb !== 'uphold')) return;
    const next = claimStates.after(state, unclaimed ? 'release' : 'revoke');
    this.moved.set(rival, { id: rival, state: next, until: null, decided: true });
  }
}

const heldByAnother = (): Refusal =>
  new Refusal('CONFLICT', 'Somebody else holds this asset by a claim that was verified.');
