import { randomUUID } from 'node:crypto';

import type { Answer } from './api.ts';
import { Browser } from './browser.ts';
import type { LoginIssuer, Visitor } from './login-issuer.ts';
import type { Party, World } from './world.ts';

const INVITE =
  'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member invitation errors { code } } }';
const GRANT =
  'mutation ($input: GrantPermissionsInput!) { grantPermissions(input: $input) { member receipt { entryId } errors { code path message } } }';

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A person at her browser, and the verbs she acts by. */
export class Human {
  browser = new Browser();

  constructor(
    readonly world: World,
    readonly issuer: LoginIssuer,
    readonly visitor: Visitor,
    /** Global id of the member. */
    readonly member: string,
  ) {}

  /** The same person at another browser. */
  as(browser: Browser): this {
    this.browser = browser;
    return this;
  }

  get origin(): string {
    return new URL(this.world.hub.url).origin;
  }

  /** Her cookie of the hub. */
  get session(): string | undefined {
    return this.browser.cookie(this.origin, 'tocsin-trial');
  }

  /** All the way to the provider and back. */
  async signsIn(query = '', as: Visitor = this.visitor): Promise<Response> {
    this.issuer.visitor = as;
    return this.browser.goes(`${this.origin}/auth/sign-in${query}`);
  }

  /** The same, from the form in which an invitation is entered. */
  async joins(invitation: string): Promise<Response> {
    this.issuer.visitor = this.visitor;
    const init = {
      method: 'POST',
      headers: { ...FORM, origin: this.origin },
      body: new URLSearchParams({ invitation }).toString(),
    };
    return this.browser.goes(`${this.origin}/auth/sign-in`, { init });
  }

  /** As a page of the hub asks. */
  async ask(query: string, variables: object = {}, headers: object = {}): Promise<Answer> {
    const response = await this.browser.request(this.world.hub.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.origin, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Partial<Answer>;
    return { status: response.status, data: body.data, errors: body.errors ?? [] };
  }
}

export async function invites(party: Party, email = `${randomUUID()}@people.example`) {
  const { data } = await party.ask(INVITE, { input: { name: 'Somebody', email } });
  return data.inviteMember as { member: string; invitation: string; errors: object[] };
}

export async function grants(party: Pick<Party, 'ask'>, member: string, permissions: readonly string[]) {
  const { data } = await party.ask(GRANT, { input: { idempotencyKey: randomUUID(), member, permissions } });
  return data.grantPermissions;
}

/** A member of the organisation who has joined, holds these, and is signed in. */
export async function person(
  party: Party,
  issuer: LoginIssuer,
  permissions: readonly string[],
  visitor: Visitor = { subject: randomUUID() },
): Promise<Human> {
  const { member, invitation } = await invites(party);
  const human = new Human(party.world, issuer, visitor, member);
  const response = await human.joins(invitation);
  if (response.status !== 200 || human.session === undefined) throw new Error(await response.text());
  await grants(party, member, permissions);
  return human;
}
