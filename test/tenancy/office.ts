import { randomUUID } from 'node:crypto';

import type { LoginIssuer } from '../support/login-issuer.ts';
import { person, type Human } from '../support/people.ts';
import type { Party, World } from '../support/world.ts';

/** A coordinator with a confirmed case, and people who may decide. */
export interface Office {
  readonly cert: Party;
  readonly caseId: string;
  readonly staff: readonly Human[];
}

export type Asks = Pick<Party, 'ask'>;

const ERRORS = 'errors { code message path approval }';
const RESULTS = `results { case { id state } error { code } } receipt { entryId } ${ERRORS}`;
const FORWARD = `mutation ($input: ForwardCasesInput!) { forwardCases(input: $input) { ${RESULTS} } }`;
export const REJECT = `mutation ($input: RejectCasesInput!) { rejectCases(input: $input) { ${RESULTS} } }`;
export const APPROVE = `mutation ($id: ID!) { approveAct(approval: $id) {
  approval { id state missing approvers requestedBy } results { error { code } } receipt { entryId } ${ERRORS} } }`;
export const DECLINE = `mutation ($id: ID!) { declineAct(approval: $id) { approval { state } ${ERRORS} } }`;
export const APPROVALS =
  '{ approvals(first: 10) { edges { node { id verb input state missing requestedBy approvers } } } }';
const POLICY = `mutation ($input: SetActPolicyInput!) { setActPolicy(input: $input) {
  policy { requireMfa fourEyes } receipt { entryId } ${ERRORS} } }`;

export const key = (): { idempotencyKey: string } => ({ idempotencyKey: randomUUID() });
export const demands = async (party: Asks, policy: object) =>
  (await party.ask(POLICY, { input: { ...key(), requireMfa: false, fourEyes: false, ...policy } })).data.setActPolicy;
export const approves = async (who: Asks, id: string) => (await who.ask(APPROVE, { id })).data.approveAct;
export const stateOf = async (party: Party, id: string) => (await party.cases()).find((each) => each.id === id)?.state;

export async function makeOffice(world: World, issuer: LoginIssuer, people = 2): Promise<Office> {
  const cert = await world.cert();
  await (await world.vendor(cert)).submits([`${randomUUID()}.example`]);
  await world.settled();
  const [first] = await cert.cases();
  await cert.confirms(first ? [first] : []);
  const staff = [];
  for (let each = 0; each < people; each += 1) {
    staff.push(await person(cert, issuer, ['CASES_READ', 'CASES_DECIDE', 'ORGANISATION_MANAGE', 'EVENTS_READ']));
  }
  return { cert, caseId: first?.id ?? '', staff };
}

export const forwardOf = (caseId: string) => ({ ...key(), cases: [{ id: caseId }], confirmNoParty: true });
export const forwards = async (who: Asks, input: object) => (await who.ask(FORWARD, { input })).data.forwardCases;
