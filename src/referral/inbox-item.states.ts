import { defineStates } from '../platform/states.ts';

export type ItemState =
  | 'SENT'
  | 'DELIVERED'
  | 'ACKNOWLEDGED'
  | 'IN_REVIEW'
  | 'NEEDS_INFORMATION'
  | 'DELEGATED'
  | 'ACTIONED'
  | 'DECLINED'
  | 'RETRACTED'
  | 'CLOSED';
export type ItemVerb =
  | 'deliver'
  | 'acknowledge'
  | 'review'
  | 'ask'
  | 'delegate'
  | 'act'
  | 'decline'
  | 'resume'
  | 'revoke'
  | 'answerQuestion'
  | 'reopen'
  | 'retract'
  | 'restore'
  | 'close';

/** What a desk may say as long as nothing was done or refused. */
const ANSWERS = {
  review: 'IN_REVIEW',
  ask: 'NEEDS_INFORMATION',
  delegate: 'DELEGATED',
  act: 'ACTIONED',
  decline: 'DECLINED',
} as const;
/** What may come from outside as long as the item is open. */
const ENDS = { retract: 'RETRACTED', close: 'CLOSED' } as const;

/** One table for every item; a delegated one is closed as soon as it is answered, and goes back to its delegator. */
export const itemStates = defineStates<ItemState, ItemVerb>({
  noun: 'an item',
  column: 'inbox_item.state',
  starts: ['SENT'],
  verbs: {
    deliver: 'the hub, when the desk has acknowledged its feed past it',
    acknowledge: 'the provider',
    review: 'the provider, naming until when',
    ask: 'the provider; not a delegate, who asks its delegator',
    delegate: 'the provider; not a delegate',
    act: 'the provider, or the hub when the delegate has acted',
    decline: 'the provider',
    resume: 'the hub, when the time of a review is over, or the delegate declined or did not accept in time',
    revoke: 'the provider',
    answerQuestion: 'a coordinator, for itself',
    reopen: 'the hub, when a coordinator adds to it; also once a delegate has acted, if it was not read yet',
    retract:
      'the hub, when nothing under it stands any more because coordinators took it back; also after it was closed',
    restore: 'the provider',
    close: 'the hub, when nothing is asked under it any more',
  },
  states: {
    SENT: {
      takes: { deliver: 'DELIVERED', acknowledge: 'ACKNOWLEDGED', ...ANSWERS, ...ENDS },
      otherwise: 'It waits to be read. A delegated one goes back when it is not accepted within 8 business hours.',
    },
    DELIVERED: {
      takes: { acknowledge: 'ACKNOWLEDGED', ...ANSWERS, ...ENDS },
      otherwise: 'It waits for a word. A delegated one goes back when it is not accepted within 8 business hours.',
    },
    ACKNOWLEDGED: {
      takes: { acknowledge: 'ACKNOWLEDGED', ...ANSWERS, ...ENDS },
      otherwise: 'It waits for an answer.',
    },
    IN_REVIEW: {
      takes: { resume: 'ACKNOWLEDGED', ...ANSWERS, ...ENDS },
      otherwise: 'When its time is over it is ACKNOWLEDGED again.',
    },
    NEEDS_INFORMATION: {
      takes: { answerQuestion: 'ACKNOWLEDGED', ...ANSWERS, ...ENDS },
      otherwise: 'It waits for the first answer of a coordinator; the desk may go on without.',
    },
    DELEGATED: {
      takes: {
        resume: 'ACKNOWLEDGED',
        revoke: 'ACKNOWLEDGED',
        act: 'ACTIONED',
        decline: 'DECLINED',
        reopen: 'SENT',
        ...ENDS,
      },
      otherwise: 'It waits for its delegate; its own times stay, and the desk may act at any time.',
    },
    ACTIONED: { takes: { act: 'ACTIONED', reopen: 'SENT', ...ENDS }, otherwise: null },
    // A desk may still find out that it can act after all.
    DECLINED: { takes: { act: 'ACTIONED', reopen: 'SENT', ...ENDS }, otherwise: null },
    RETRACTED: {
      takes: { restore: 'CLOSED', close: 'CLOSED' },
      otherwise: 'It asks to undo what was done, until the provider says that it has.',
    },
    // What has ended can still turn out to have been wrong, and whoever was told must hear it.
    CLOSED: { takes: { retract: 'RETRACTED' }, otherwise: null },
  },
});

/** Why nothing is asked any more. RETURNED: a delegated item is its delegator's again. WITHDRAWN: its delegator, or who reported it, took it back. */
export const CLOSED_BASES = ['CASE_ENDED', 'RESTORED', 'RETURNED', 'WITHDRAWN'] as const;
export type ClosedBasis = (typeof CLOSED_BASES)[number];
