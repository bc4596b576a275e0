import { ASKERS, SHUT_OUT, type Asker } from './askers.ts';

/**
 * What comes back, for each root field and each kind of asker; the same over HTTP and over a WebSocket.
 *
 * 401    UNAUTHENTICATED          null   there is no such thing, or it is not the asker's
 * 403    FORBIDDEN                404    NOT_FOUND, as data
 * empty  a list with nothing in   own    a list without the row asked about, or something made of the asker's own
 * it     the row asked about, or the change of it that was asked for
 * Any other word is the code of a refusal, as data.
 *
 * Columns: `shut`, which stands for each of those whom no credential lets in; a stranger of each role; those who have
 * a part in the same thread, each in another; at last the right organisation by a key that lacks the permission.
 * An authority and a target can be readers of a row in the database, but no verb makes them one yet: until then they
 * are strangers here, and what the policies say of them is asked in test/database/readers.test.ts.
 */
const TABLE = `
                                          shut VENDOR    CERT      PROVIDER  AUTHORITY OPERATOR  otherReporter otherCoordinator coCoordinator successor otherProvider claimant  delegate  reporter    coordinator provider  operator    without
Query.viewer                              401  own       own       own       own       own       own           own              own           own       own           own       own       it          own         own       own         it
Query.organisations                       401  own       own       own       own       own       own           own              own           own       own           own       own       it          own         own       it          it
Query.clients                             401  own       own       own       own       own       own           own              own           own       own           own       own       it          own         own       own         403
Query.recoveries                          401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          empty       empty     empty       403
Query.members                             401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          empty       empty     empty       403
Query.actPolicy                           401  own       own       own       own       own       own           own              own           own       own           own       own       own         own         own       own         own
Query.approvals                           401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          empty       empty     empty       403
Query.node:Organisation                   401  null      null      null      null      null      null          null             null          null      null          null      null      it          null        null      it          it
Query.node:Member                         401  null      null      null      null      null      null          null             null          null      null          null      null      it          null        null      null        null
Query.node:Client                         401  null      null      null      null      null      null          null             null          null      null          null      null      it          null        null      null        null
Query.node:Recovery                       401  null      null      null      null      it        null          null             null          null      null          null      null      it          null        null      it          null
Query.node:Approval                       401  null      null      null      null      null      null          null             null          null      null          null      null      it          null        null      null        null
Query.node:Report                         401  null      null      null      null      null      null          null             null          null      null          null      null      it          it          null      null        null
Query.node:Indicator                      401  null      null      null      null      null      null          null             it            null      null          null      null      it          it          null      null        null
Query.node:Case                           401  null      null      null      null      null      null          null             it            null      null          null      null      null        it          null      null        null
Query.node:Question                       401  null      null      null      null      null      null          null             null          null      null          null      null      it          it          null      null        null
Query.node:AssetClaim                     401  null      null      null      null      null      null          null             null          null      null          null      null      null        null        it        it          null
Query.node:InboxItem                      401  null      null      null      null      null      null          null             null          null      null          null      null      null        null        it        null        null
Query.node:Referral                       401  null      null      null      null      null      null          null             it            null      null          null      null      null        it          it        null        null
Query.events                              401  own       own       own       own       own       own           own              own           own       own           own       own       it          it          own       own         403
Query.auditTrail:Organisation             401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          empty       empty     it          403
Query.auditTrail:Recovery                 401  empty     empty     empty     empty     it        empty         empty            empty         empty     empty         empty     empty     it          empty       empty     it          403
Query.auditTrail:Report                   401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          it          empty     empty       403
Query.auditTrail:Indicator                401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          it          empty     empty       403
Query.auditTrail:Case                     401  empty     empty     empty     empty     empty     empty         empty            it            empty     empty         empty     empty     empty       it          empty     empty       403
Query.auditTrail:Question                 401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     it          it          empty     empty       403
Query.auditTrail:AssetClaim               401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     empty       empty       it        it          403
Query.auditTrail:InboxItem                401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     empty       empty       it        empty       403
Query.auditTrail:Referral                 401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     empty     empty       it          it        empty       403
Query.receipt                             401  null      null      null      null      null      null          null             null          null      null          null      null      it          null        null      null        403
Query.receipts                            401  own       own       own       own       own       own           own              own           own       own           own       own       it          own         own       own         403
Query.feedStatement                       401  null      null      null      null      null      null          null             null          null      null          null      null      own         null        null      null        403
Query.checkpoint                          401  own       own       own       own       own       own           own              own           own       own           own       own       own         own         own       own         own
Query.report                              401  null      null      403       403       403       null          null             null          null      403           403       403       it          it          403       403         403
Query.reports                             401  empty     empty     403       403       403       own           own              empty         empty     403           403       403       it          empty       403       403         403
Query.preview                             401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Query.indicator                           401  null      null      403       403       403       null          null             it            null      403           403       403       it          it          403       403         403
Query.case                                401  403       null      403       403       403       403           null             it            null      403           403       403       403         it          403       403         403
Query.cases                               401  403       empty     403       403       403       403           own              empty         own       403           403       403       403         it          403       403         403
Query.triageRules                         401  403       own       403       403       403       403           own              own           own       403           403       403       403         own         403       403         403
Query.triageRuleBacktest                  401  403       own       403       403       403       403           own              own           own       403           403       403       403         own         403       403         403
Query.assetClaim                          401  403       403       null      403       null      403           403              403           403       null          null      null      403         403         it        it          403
Query.assetClaims                         401  403       403       own       403       403       403           403              403           403       own           own       empty     403         403         it        403         403
Query.contactClaims                       401  403       403       empty     403       403       403           403              403           403       it            empty     empty     403         403         empty     403         403
Query.operatedAssetClaims                 401  403       403       403       403       empty     403           403              403           403       403           403       403       403         403         403       it          403
Query.inboxItem                           401  403       403       null      403       403       403           403              403           403       null          null      null      403         403         it        403         403
Query.inbox                               401  403       403       empty     403       403       403           403              403           403       own           empty     own       403         403         it        403         403
Query.referral                            401  403       null      null      403       403       403           null             it            null      null          null      null      403         it          it        403         403
Query.referrals                           401  403       empty     403       403       403       403           own              empty         own       403           403       403       403         it          403       403         403
Query.outcomes                            401  empty     empty     403       403       403       own           own              empty         empty     403           403       403       it          empty       403       403         403
Query.inboxItem:delegated                 401  403       403       null      403       403       403           403              403           403       null          null      it        403         403         it        403         403
Query.inbox:delegated                     401  403       403       empty     403       403       403           403              403           403       own           empty     it        403         403         own       403         403
Query.node:InboxItem:delegated            401  null      null      null      null      null      null          null             null          null      null          null      it        null        null        it        null        null
Query.auditTrail:InboxItem:delegated      401  empty     empty     empty     empty     empty     empty         empty            empty         empty     empty         empty     it        empty       empty       it        empty       403
Query.case:handedOver                     401  403       null      403       403       403       403           null             null          it        403           403       403       403         null        403       403         403
Query.cases:handedOver                    401  403       empty     403       403       403       403           own              empty         it        403           403       403       403         own         403       403         403
Query.auditTrail:Case:handedOver          401  empty     empty     empty     empty     empty     empty         empty            empty         it        empty         empty     empty     empty       it          empty     empty       403
Query.report:handedOver                   401  null      null      403       403       403       null          null             null          it        403           403       403       it          it          403       403         403
Query.indicator:handedOver                401  null      null      403       403       403       null          null             null          it        403           403       403       it          null        403       403         403
Query.referral:handedOver                 401  403       null      null      403       403       403           null             null          it        null          null      null      403         null        it        403         403
Query.auditTrail:Referral:handedOver      401  empty     empty     empty     empty     empty     empty         empty            empty         it        empty         empty     empty     empty       it          it        empty       403
Query.assetClaim:consented                401  403       403       null      403       null      403           403              403           403       it            it        null      403         403         null      it          403
Query.contactClaims:consented             401  403       403       empty     403       403       403           403              403           403       it            empty     empty     403         403         empty     403         403
Mutation.createOrganisation               401  403       403       403       403       own       403           403              403           403       403           403       403       403         403         403       own         403
Mutation.suspendOrganisation              401  403       403       403       403       404       403           403              403           403       403           403       403       403         403         403       it          403
Mutation.reinstateOrganisation            401  403       403       403       403       404       403           403              403           403       403           403       403       403         403         403       it          403
Mutation.eraseEntry                       401  403       403       403       403       404       403           403              403           403       403           403       403       403         403         403       it          403
Mutation.beginRecovery                    401  403       403       403       403       404       403           403              403           403       403           403       403       403         403         403       it          403
Mutation.confirmRecovery                  401  403       403       403       403       it        403           403              403           403       403           403       403       403         403         403       404         403
Mutation.issueRecoveryKey                 401  403       403       403       403       404       403           403              403           403       403           403       403       403         403         403       WRONG_STATE 403
Mutation.refuseRecovery                   401  404       404       404       404       it        404           404              404           404       404           404       404       WRONG_STATE 404         404       WRONG_STATE 403
Mutation.createClient                     401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.linkClient                       401  BAD_INPUT BAD_INPUT BAD_INPUT BAD_INPUT BAD_INPUT BAD_INPUT     BAD_INPUT        BAD_INPUT     BAD_INPUT BAD_INPUT     BAD_INPUT BAD_INPUT BAD_INPUT   BAD_INPUT   BAD_INPUT BAD_INPUT   403
Mutation.updateClient                     401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.rotateClientKey                  401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.inviteMember                     401  own       own       own       own       own       own           own              own           own       own           own       own       own         own         own       own         403
Mutation.revokeClient                     401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.renewInvitation                  401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.suspendMember                    401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.reinstateMember                  401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.removeMember                     401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.grantPermissions                 401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.setActPolicy                     401  own       own       own       own       own       own           own              own           own       own           own       own       own         own         own       own         403
Mutation.approveAct                       401  404       404       404       404       404       404           404              404           404       404           404       404       FORBIDDEN   404         404       404         403
Mutation.declineAct                       401  404       404       404       404       404       404           404              404           404       404           404       404       it          404         404       404         403
Mutation.acknowledgeEvents                401  403       403       own       403       403       403           403              403           403       own           own       own       403         403         own       403         403
Mutation.issueFeedStatement               401  own       own       own       own       own       own           own              own           own       own           own       own       own         own         own       own         403
Mutation.submitReport                     401  own       own       403       403       403       own           own              own           own       403           403       403       own         own         403       403         403
Mutation.importBundle                     401  own       own       403       403       403       own           own              own           own       403           403       403       own         own         403       403         403
Mutation.addIndicators                    401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Mutation.sealReport                       401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Mutation.withdrawIndicators               401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Mutation.allowTelling                     401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Mutation.claimCases                       401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.assessCases                      401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.describeHosting                  401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.addParty                         401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.correctParty                     401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.setContact                       401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.rejectCases                      401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.retractCases                     401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.endCases                         401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.askReporter                      401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.answerQuestion                   401  404       404       403       403       403       404           404              404           404       403           403       403       it          404         403       403         403
Mutation.addCoordinators                  401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.removeCoordinators               401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.transferCases                    401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.setTriageRules                   401  403       own       403       403       403       403           own              own           own       403           403       403       403         own         403       403         403
Mutation.confirmCases                     401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.forwardCases                     401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Mutation.claimAssets                      401  403       403       own       403       403       403           403              403           403       own           own       own       403         403         own       403         403
Mutation.decideAssetClaims                401  403       403       404       403       404       403           403              403           403       404           404       404       403         403         404       it          403
Mutation.decideAssetClaims:CONTACT_FOR    401  403       403       404       403       404       403           403              403           403       it            404       404       403         403         404       WRONG_STATE 403
Mutation.releaseAssets                    401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.acknowledgeItems                 401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.reportAction                     401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.declineItems                     401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.reviewUntil                      401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.askCoordinator                   401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.reportRestored                   401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.delegateItems                    401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.revokeDelegation                 401  403       403       404       403       403       403           403              403           403       404           404       404       403         403         it        403         403
Mutation.answerProvider                   401  403       404       403       403       403       403           404              404           404       403           403       403       403         it          403       403         403
Subscription.events                       401  own       own       own       own       own       own           own              own           own       own           own       own       it          it          own       own         403
`;

const isShutOut = (asker: string): boolean => (SHUT_OUT as readonly string[]).includes(asker);
const COLUMNS = ['shut', ...ASKERS.filter((asker) => !isShutOut(asker))];

export type Row = Readonly<Record<Asker, string>>;

/** The table, by root field. Throws where a row has more or fewer cells than there are kinds of asker. */
export const ROWS: ReadonlyMap<string, Row> = parse(TABLE);

function parse(table: string): Map<string, Row> {
  const [head, ...lines] = table.trim().split('\n');
  if (head?.trim().split(/\s+/).join() !== COLUMNS.join()) throw new Error('The columns are not the kinds of asker.');
  return new Map(
    lines.map((line) => {
      const [name = '', ...cells] = line.split(/\s+/);
      if (cells.length !== COLUMNS.length) throw new Error(`${name} has ${cells.length} cells.`);
      const cell = new Map(COLUMNS.map((column, index) => [column, cells[index] ?? '']));
      const of = (asker: Asker) => cell.get(isShutOut(asker) ? 'shut' : asker) ?? '';
      return [name, Object.fromEntries(ASKERS.map((asker) => [asker, of(asker)])) as Row];
    }),
  );
}
