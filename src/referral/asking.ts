import type { ClaimRole } from '../routing/claim.ts';
import { routeOf, type Manner } from '../routing/route.ts';
import type { Assessment } from '../triage/case.ts';
import { basisToward } from './legal-basis.ts';
import type { CaseRequest, LegalBasis, RequestedAction } from './request.ts';

/** What a coordinator asks for, before it is known of whom. */
export type Wish = Pick<CaseRequest, 'requestedAction' | 'legalBasis' | 'alsoAsk'>;

/** One party's part in it. Not asked: nothing is requested of it. */
export interface Approach {
  readonly manner: Manner;
  readonly asked: { readonly requestedAction: RequestedAction; readonly legalBasis: LegalBasis } | null;
}

/** What harms no customer, so that it may be asked of everybody who may be approached at all. */
const HARMLESS: ReadonlySet<RequestedAction> = new Set(['RELAY_TO_HOLDER', 'PRESERVE_EVIDENCE']);

/** How each known role of a case is approached with a request. Forwarding and its preview both rest on this. */
export function approach(
  assessment: Assessment,
  known: readonly ClaimRole[],
  { requestedAction, legalBasis, alsoAsk }: Wish,
): ReadonlyMap<ClaimRole, Approach> {
  const route = routeOf(assessment, known, alsoAsk);
  return new Map([...route].map(([role, manner]) => [role, { manner, asked: askedOf(role, manner) }]));

  function askedOf(role: ClaimRole, manner: Manner): Approach['asked'] {
    if (manner === 'LATER' || manner === 'NEVER') return null;
    if (manner === 'ASK' || HARMLESS.has(requestedAction)) {
      return { requestedAction, legalBasis: basisToward(legalBasis, role, requestedAction) };
    }
    // Less than what the basis was asserted for: it is a favour.
    return { requestedAction: 'RELAY_TO_HOLDER', legalBasis: 'VOLUNTARY_COOPERATION' };
  }
}
