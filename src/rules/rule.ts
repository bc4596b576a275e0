import { ResourceKind } from '../observable/observable.ts';

export const RULE_OUTCOMES = ['CONFIRM', 'FORWARD'] as const;
export type RuleOutcome = (typeof RULE_OUTCOMES)[number];

/**
 * Resources that a rule may decide on. A TENANT, a PAGE, an ADDRESS or a NETWORK is one of many that share a name or a
 * machine: what is done there can hit the others, so a person decides.
 */
export const AUTOMATIC_KINDS: readonly ResourceKind[] = [ResourceKind.NAME, ResourceKind.MAILBOX];

/** A rule of which more than this share was taken back switches itself off, once it has decided on so many cases. */
const TRUST = { leastCases: 20, mostRetracted: 0.1 } as const;

export function isWrongTooOften({ cases, retracted }: { cases: number; retracted: number }): boolean {
  return cases >= TRUST.leastCases && retracted > cases * TRUST.mostRetracted;
}
