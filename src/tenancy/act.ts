/**
 * The acts for which an organisation may demand a second factor and a second pair of eyes: what leaves it as its word to
 * others, or lets somebody speak it. Each takes one `input` with an `idempotencyKey`, so that what was approved is done once.
 */
export const GUARDED_ACTS = [
  // A coordinator's word to parties, reporters and other coordinators; rules say it without a person.
  'forwardCases',
  'retractCases',
  'rejectCases',
  'endCases',
  'transferCases',
  'addCoordinators',
  'answerProvider',
  'setTriageRules',
  // A reporter's.
  'allowTelling',
  'withdrawIndicators',
  // A provider's.
  'reportAction',
  'declineItems',
  'delegateItems',
  // Whose an asset is.
  'decideAssetClaims',
  // Who may do any of this, and under which demands: one person could otherwise make herself a second.
  'grantPermissions',
  'setActPolicy',
] as const;

/** Every other mutation, by why nobody has to look a second time: a hub with one that is in neither list does not start. */
export const ACTS_OF_ONE: Readonly<Record<string, readonly string[]>> = {
  'A report reaches those alone who are to judge it, and answers them.': [
    ...['submitReport', 'addIndicators', 'sealReport', 'importBundle', 'answerQuestion'],
  ],
  'It is work at one’s own desk: what goes out by it goes through an act above.': [
    ...['claimCases', 'confirmCases', 'assessCases', 'askReporter', 'addParty', 'correctParty', 'reviewUntil'],
    ...['acknowledgeEvents', 'acknowledgeItems', 'askCoordinator', 'describeHosting', 'reportRestored'],
    ...['setContact', 'claimAssets', 'issueFeedStatement'],
  ],
  'It takes something away, and must not wait for anybody.': [
    ...['revokeClient', 'suspendMember', 'removeMember', 'revokeDelegation', 'releaseAssets', 'removeCoordinators'],
    ...['suspendOrganisation', 'declineAct', 'refuseRecovery'],
  ],
  'It lets nobody do more than who does it may do, or what was granted before two pairs of eyes.': [
    ...['createClient', 'updateClient', 'rotateClientKey', 'linkClient'],
    ...['inviteMember', 'renewInvitation', 'reinstateMember'],
  ],
  'Operators carry, and say nothing; recovery has two of them and a day to refuse it.': [
    ...['createOrganisation', 'reinstateOrganisation', 'eraseEntry'],
    ...['beginRecovery', 'confirmRecovery', 'issueRecoveryKey'],
  ],
  'It is the second pair of eyes.': ['approveAct'],
};

/** What is asked of whom acts. */
export interface ActPolicy {
  /** People prove themselves by more than one thing. */
  readonly requireMfa: boolean;
  /** Two people, whoever asks. */
  readonly fourEyes: boolean;
}

/** How long an act waits for the second person. */
export const WAITS_MS = 24 * 60 * 60 * 1000;

/** How many people must still look, given who has: whoever asked at a browser is one of two. */
export const eyesMissing = (askedBy: string | null, approvers: readonly string[]): number =>
  Math.max(0, 2 - approvers.length - (askedBy === null ? 0 : 1));
