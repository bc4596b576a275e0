import { Refusal } from '../platform/errors.ts';
import { isKeepable } from '../platform/text.ts';
import type { Permission, Viewer } from '../platform/viewer.ts';

const HOUR_MS = 60 * 60_000;

/** How long the organisation can object after two have agreed. */
export const OBJECTION_MS = 24 * HOUR_MS;
/** A recovery that was not used until then ends, counted from its beginning. */
export const RECOVERY_MS = 7 * 24 * HOUR_MS;

/** Enough to issue keys to whom they belong, and to see what happened meanwhile; nothing is told or decided with it. */
export const RECOVERED: readonly Permission[] = ['events:read', 'organisation:manage'];

/** Who agrees to a recovery, as far as the hub can know. */
export interface Agreeing {
  readonly organisationId: string;
  /** A member who is signed in. Null: a key, which may be in anybody's hand, also where it names a member. */
  readonly person: string | null;
}

export const agreeing = ({ organisationId, memberId, signedIn }: Viewer): Agreeing => ({
  organisationId,
  person: signedIn ? memberId : null,
});

/**
 * Whether two are two: of different organisations, or different people who signed in. Two keys of one organisation are
 * not: whoever manages it issues himself a second one, in the name of whichever member.
 */
export const isAnother = (first: Agreeing, second: Agreeing): boolean =>
  first.organisationId !== second.organisationId ||
  (first.person !== null && second.person !== null && first.person !== second.person);

/** Why it is needed, in words that the organisation itself will read. */
export function checkedReason(text: string): string {
  const reason = text.trim();
  if (reason.length < 1 || reason.length > 2000 || !isKeepable(reason)) {
    throw new Refusal('BAD_INPUT', 'A reason has 1 to 2,000 characters.', ['reason']);
  }
  return reason;
}
