import { systemClock } from '../../src/platform/clock.ts';
import { Refusal } from '../../src/platform/errors.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import type { Viewer } from '../../src/platform/viewer.ts';
import { ApprovalService } from '../../src/tenancy/approval.service.ts';
import type { Party } from './world.ts';

const INVITE =
  'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member invitation errors { message } } }';
const GRANT = `mutation ($input: GrantPermissionsInput!) { grantPermissions(input: $input) { errors { message } } }`;

/** A member who has joined, where no provider is needed for what is tested. */
export async function joined(party: Party, subject: string, permissions: readonly string[] = []): Promise<string> {
  const input = { name: subject, email: `${subject}@people.example` };
  const { member, invitation } = (await party.ask(INVITE, { input })).data.inviteMember;
  const person = { issuer: 'https://people.example', subject, acr: null, secondFactor: false };
  await party.world.hub.app.sessions.signIn(person, { invitation, organisationId: null }, null);
  const granted = { idempotencyKey: `grant ${subject}`, member, permissions };
  const { data } = await party.ask(GRANT, { input: granted });
  if (data.grantPermissions.errors.length > 0) throw new Error(data.grantPermissions.errors[0].message);
  return member;
}

/**
 * An act of the organisation that waits for a second person, while it demands four eyes for this one alone; its global
 * id. Then one of the two joined members approves it as if she were signed in, where that is asked for.
 */
export async function waiting(
  party: Party,
  members: readonly [string, string],
  { verb, input }: { verb: string; input: string },
  approve = false,
): Promise<string> {
  const { work, authenticator } = party.world.hub.app;
  const service = new ApprovalService(work, systemClock);
  const viewer = await authenticator.viewerOf(`Bearer ${party.key}`, null);
  if (!viewer) throw new Error('Its key opens nothing.');
  await service.setPolicy(viewer, { idempotencyKey: `on ${input}`, requireMfa: false, fourEyes: true });
  const as = (member: string): Viewer => ({
    ...viewer,
    memberId: rowIdOf('Member', member),
    signedIn: { sessionId: '', secondFactor: false },
  });
  const refused: unknown = await service.admit(as(members[0]), { verb, input }).catch((error: unknown) => error);
  await service.setPolicy(viewer, { idempotencyKey: `off ${input}`, requireMfa: false, fourEyes: false });
  if (!(refused instanceof Refusal) || refused.approval === null) throw new Error('It does not wait.');
  if (approve) await service.approve(as(members[1]), refused.approval, [...viewer.permissions]);
  return refused.approval;
}
