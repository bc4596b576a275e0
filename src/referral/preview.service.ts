import { Report } from '../intake/report.entity.ts';
import { hostOf } from '../intake/indicator.ts';
import { readObservable } from '../observable/read-observable.ts';
import type { ResourceKind } from '../observable/observable.ts';
import { checkBulkSize } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Denial, Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { ROLES_THAT_ACT } from '../routing/route.ts';
import { Case } from '../triage/case.entity.ts';
import { caseStates } from '../triage/case.states.ts';
import { approachParties, findUnasked, isAsked, type ApproachedParty } from './asking.queries.ts';
import { checkBasis } from './legal-basis.ts';
import type { PreviewForwardInput, PreviewInput } from './preview.inputs.ts';
import { foresee, resourcesOf, tellableOf, type Tellable } from './preview.queries.ts';
import type { PreviewReason, PreviewedAbsence, PreviewedParty, PreviewedResource } from './preview.type.ts';

/** A look ahead, from one READ ONLY snapshot: it leaves no trace. */
export class PreviewService {
  constructor(private readonly options: { readonly documentation: boolean }) {}

  preview(tx: Tx, viewer: Viewer, { observable, report, forward }: PreviewInput): Promise<PreviewedResource[]> {
    if ([observable, report, forward].filter((each) => each != null).length !== 1) {
      throw new Refusal('BAD_INPUT', 'Send an observable, a report or a forward: exactly one.');
    }
    if (observable != null) return this.ofObservable(tx, observable);
    if (report != null) return ofReport(tx, viewer, report);
    if (forward == null) throw new Error('One of the three was given.');
    return ofForward(tx, viewer, forward);
  }

  private async ofObservable(tx: Tx, text: string): Promise<PreviewedResource[]> {
    const reading = readObservable(text, null, this.options);
    if (!reading.ok) throw new Refusal('BAD_INPUT', reading.hint, ['observable']);
    const { resource, observable } = reading;
    if (!resource) return [context(observable.value)];
    return [await foreseen(tx, resource, [], { '': 1 })];
  }
}

async function ofReport(tx: Tx, { organisationId }: Viewer, id: string): Promise<PreviewedResource[]> {
  const [report] = await tx.list(Report, 'WHERE t.id = $1 AND t.owner_id = $2', [
    rowIdOf('Report', id),
    organisationId,
  ]);
  if (!report) throw notFound(['report']);
  const resources = await resourcesOf(tx, report.id);
  return Promise.all(
    resources.map(({ kind, value, facts, tellable }) =>
      kind === null ? Promise.resolve(context(value)) : foreseen(tx, { kind, value }, facts, tellable),
    ),
  );
}

async function ofForward(tx: Tx, viewer: Viewer, input: PreviewForwardInput): Promise<PreviewedResource[]> {
  if (!viewer.permissions.has('cases:read'))
    throw new Denial('FORBIDDEN', 'A forward needs the permission cases:read.');
  checkBulkSize(input.cases, 'cases');
  checkBasis(input.legalBasis, input.requestedAction, viewer.roles, ['forward']);
  const ids = input.cases.map((id) => rowIdOf('Case', id));
  const cases = await tx.list(Case, 'WHERE t.id = ANY ($1) AND t.coordinator_id = $2 ORDER BY t.id', [
    ids,
    viewer.organisationId,
  ]);
  if (cases.length < new Set(ids).size) throw notFound(['forward', 'cases']);
  const own = cases.map(({ id }) => id);
  const [parties, unasked, told] = await Promise.all([
    approachParties(tx, cases, () => input),
    findUnasked(tx, own),
    tellableOf(tx, own),
  ]);
  const partiesOf = Map.groupBy(parties, ({ case_id }) => case_id);
  const unaskedOf = Map.groupBy(unasked, ({ case_id }) => case_id);
  return cases.map((one) => {
    const { id, resourceKind, value } = one;
    const [known, ruledOut] = [partiesOf.get(id) ?? [], unaskedOf.get(id) ?? []];
    const tellable = told.get(id) ?? {};
    const asked = known.filter(isAsked).map((party) => toParty(party, tellable[''] ?? 0));
    const spared = known.filter((party) => !isAsked(party)).map(toSpared);
    const closed = takesForward(one) ? [] : [absence('CASE_STATE')];
    return {
      ...{ resourceKind, resource: value, parties: tellable[''] && closed.length === 0 ? asked : [] },
      absent: [
        ...[...closed, ...spared, ...ruledOut.map(({ reason, role }) => absence(reason, { role }))],
        ...[...unknownRoles(resourceKind, [...known, ...ruledOut]), ...withheld(tellable)],
      ],
    };
  });
}

function takesForward({ state, leavingTo }: Case): boolean {
  return leavingTo === null && caseStates.states[state].takes.forward !== undefined;
}

async function foreseen(
  tx: Tx,
  { kind, value }: { kind: ResourceKind; value: string },
  facts: readonly object[],
  tellable: Tellable,
): Promise<PreviewedResource> {
  const found = await foresee(tx, { kind, value, host: hostOf({ kind, value }) }, facts);
  const observables = tellable[''] ?? 0;
  const [standing, suspended] = [found.filter((one) => !one.suspended), found.filter((one) => one.suspended)];
  const parties = standing.map(({ role, party, unclaimed, claim_kind, claim, since, given_by }): PreviewedParty => ({
    ...{ role, party, unclaimed, givenBy: given_by, claimKind: claim_kind, claim, since, observables },
    ...{ requestedAction: null, legalBasis: null, contact: null, contactMark: null },
  }));
  return {
    ...{ resourceKind: kind, resource: value, parties: observables > 0 ? parties : [] },
    absent: [
      ...suspended.map(({ role }) => absence('SUSPENDED', { role })),
      ...[...unknownRoles(kind, found), ...withheld(tellable)],
    ],
  };
}

const absence = (reason: PreviewReason, rest: Partial<PreviewedAbsence> = {}): PreviewedAbsence => ({
  ...{ reason, role: null, observables: null },
  ...rest,
});

const context = (resource: string): PreviewedResource => ({
  ...{ resourceKind: null, resource, parties: [], absent: [absence('CONTEXT')] },
});

function toParty(party: ApproachedParty, observables: number): PreviewedParty {
  return {
    ...{ role: party.role, party: party.provider_name, claimKind: party.claim_kind, claim: party.claim },
    ...{ since: null, unclaimed: party.unclaimed, observables, givenBy: party.given_by },
    ...{ contact: party.contact, contactMark: party.mark },
    requestedAction: party.asked?.requestedAction ?? null,
    legalBasis: party.asked?.legalBasis ?? null,
  };
}

const toSpared = ({ role, manner }: ApproachedParty): PreviewedAbsence =>
  absence(manner === 'LATER' ? 'NEXT_STEP' : 'ROLE_NOT_ASKED', { role });

function unknownRoles(kind: ResourceKind, known: readonly { role: string }[]): PreviewedAbsence[] {
  const acting = ROLES_THAT_ACT[kind];
  if (acting.length === 0) return [absence('NO_CLAIM_KIND')];
  return acting
    .filter((role) => !known.some((each) => each.role === role))
    .map((role) => absence('NO_CLAIM', { role }));
}

function withheld(tellable: Tellable): PreviewedAbsence[] {
  return (['NEEDS_CONSENT', 'TLP', 'PAP'] as const).flatMap((reason) =>
    tellable[reason] ? [absence(reason, { observables: tellable[reason] })] : [],
  );
}
