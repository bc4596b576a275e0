import { randomUUID } from 'node:crypto';

import type { ProofOptions } from '../../src/app/workers.ts';
import { flow } from '../../src/app/flow.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { silentLog, type Log } from '../../src/platform/log.ts';
import type { Lookup } from '../../src/routing/lookup.ts';
import type { Role } from '../../src/platform/viewer.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import type { LoginSettings } from '../../src/server/sign-in/login.ts';
import type { LimitOptions } from '../../src/server/limits/limits.ts';
import type { TrustedDocuments } from '../../src/server/limits/trusted-documents.ts';
import type { MetricsAddress } from '../../src/server/metrics/door.ts';
import type { TrustedProxies } from '../../src/server/peer.ts';
import type { SocketLimits } from '../../src/server/sockets.ts';
import type { OAuthSettings } from '../../src/tenancy/access-token.service.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import {
  ACKNOWLEDGE,
  ACT,
  CASES,
  CLAIM,
  CONFIRM,
  DECIDE,
  DECLINE,
  EVENTS,
  FORWARD,
  INBOX,
  READ_UP_TO,
  SUBMIT,
  ask,
  type Answer,
} from './api.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { TEMPLATE, type TestServer } from './postgres.ts';
import { testProof } from './proof.ts';

export interface SubmittedItem {
  value: string;
  category?: string;
  type?: string;
  externalId?: string;
  comment?: string;
  confidence?: number;
  lastSeen?: string;
  hosting?: object;
}

/** Something that a provider says is its own. */
export interface WrittenAsset {
  role: string;
  domainSuffix?: string;
  kind?: string;
  value?: string;
  tld?: string;
}

/** An organisation of the world, and the verbs it acts by; each goes over HTTP like any client's. */
export class Party {
  constructor(
    readonly world: World,
    /** Global id. */
    readonly id: string,
    readonly name: string,
    readonly key: string,
  ) {}

  ask(query: string, variables: object = {}): Promise<Answer> {
    return ask(this.world.hub.url, this.key, query, variables);
  }

  /** A report of these values; the payload of the mutation. */
  async submits(values: readonly (string | SubmittedItem)[], input: object = {}) {
    const indicators = values.map((value) => ({
      category: 'PHISHING',
      ...(typeof value === 'string' ? { value } : value),
    }));
    const key = randomUUID();
    const { data, errors } = await this.ask(SUBMIT, {
      input: { idempotencyKey: key, title: 'a report', tlp: 'AMBER', indicators, ...input },
    });
    if (errors[0]) throw new Error(errors[0].message);
    return data.submitReport;
  }

  /** Its whole queue, in order. */
  async cases(): Promise<{ id: string; resource: string; state: string; version: number; basis: string | null }[]> {
    const nodes = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await this.ask(CASES, { first: 100, after });
      nodes.push(...data.cases.edges.map(({ node }: { node: unknown }) => node));
      ({ hasNextPage: more, endCursor: after } = data.cases.pageInfo);
    }
    return nodes as never;
  }

  async confirms(cases: readonly { id: string }[], input: object = {}) {
    const refs = cases.map(({ id }) => ({ id }));
    return (await this.ask(CONFIRM, { input: { idempotencyKey: randomUUID(), cases: refs, ...input } })).data
      .confirmCases;
  }

  async forwards(cases: readonly { id: string }[], input: object = {}) {
    const refs = cases.map(({ id }) => ({ id }));
    return (await this.ask(FORWARD, { input: { idempotencyKey: randomUUID(), cases: refs, ...input } })).data
      .forwardCases;
  }

  async inbox(): Promise<
    {
      id: string;
      resource: string;
      role: string;
      state: string;
      version: number;
      referrals: { id: string; coordinator: string; state: string }[];
    }[]
  > {
    const { data } = await this.ask(INBOX, { first: 100 });
    return data.inbox.edges.map(({ node }: { node: unknown }) => node);
  }

  async acknowledges(items: readonly { id: string }[], input: object = {}) {
    return (await this.answers(ACKNOWLEDGE, items, input)).acknowledgeItems;
  }

  async acts(items: readonly { id: string }[], input: object = {}) {
    return (await this.answers(ACT, items, { action: 'DOMAIN_CLIENT_HOLD', ...input })).reportAction;
  }

  async declines(items: readonly { id: string }[], input: object = {}) {
    return (await this.answers(DECLINE, items, { reason: 'NOT_OUR_CUSTOMER', ...input })).declineItems;
  }

  async events(after: string | null = null): Promise<
    {
      cursor: string;
      sequence: string;
      kind: string;
      subjects: string[];
      details: never[];
      summary: string;
      entryId: string;
      at: string;
      actor: { name: string } | null;
    }[]
  > {
    return (await this.ask(EVENTS, { after, first: 1000 })).data.events.events;
  }

  /** Says what is its own, for the operator to decide; the ids of the claims. */
  async claims(assets: readonly WrittenAsset[]): Promise<string[]> {
    const { data, errors } = await this.ask(CLAIM, { input: { idempotencyKey: randomUUID(), assets } });
    if (errors[0]) throw new Error(errors[0].message);
    return data.claimAssets.results.map(({ claim }: { claim: { id: string } }) => claim.id);
  }

  async readsUpTo(cursor: string) {
    return (await this.ask(READ_UP_TO, { cursor })).data.acknowledgeEvents;
  }

  private async answers(mutation: string, items: readonly { id: string }[], input: object) {
    const refs = items.map(({ id }) => ({ id }));
    return (await this.ask(mutation, { input: { idempotencyKey: randomUUID(), items: refs, ...input } })).data;
  }
}

/** A hub of a test's own on a database of its own, with an operator. */
export class World {
  private count = 0;

  constructor(
    readonly database: TestDatabase,
    readonly hub: Hub,
    private readonly operatorKey: string,
  ) {}

  get operator(): Party {
    return new Party(this, '', 'Operator', this.operatorKey);
  }

  async organisation(
    roles: readonly Role[],
    coordinator?: Party,
    name = `${roles.join(' ')} ${(this.count += 1)}`,
  ): Promise<Party> {
    const { data } = await this.operator.ask(
      'mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { apiKey organisation { id } errors { message } } }',
      { input: { name, roles, coordinator: coordinator?.id } },
    );
    return new Party(this, data.createOrganisation.organisation.id, name, data.createOrganisation.apiKey);
  }

  cert = (): Promise<Party> => this.organisation(['CERT']);
  vendor = (coordinator: Party): Promise<Party> => this.organisation(['VENDOR'], coordinator);

  /** A provider with verified claims, e.g. `{ REGISTRAR: ['bad.example'] }`. */
  async provider(claims: Readonly<Record<string, readonly string[]>> = {}): Promise<Party> {
    const provider = await this.organisation(['PROVIDER']);
    const assets = Object.entries(claims).flatMap(([role, names]) =>
      names.map((domainSuffix) => ({ role, domainSuffix })),
    );
    if (assets.length > 0) await this.verifies(provider, assets);
    return provider;
  }

  /** Claims of the provider, decided by the operator; their ids. */
  async verifies(provider: Party, assets: readonly WrittenAsset[]): Promise<string[]> {
    const claims = await provider.claims(assets);
    await this.operator.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims } });
    return claims;
  }

  /** Until every entry is numbered and everything that follows from it has happened. */
  async settled(): Promise<void> {
    const kinds = flow(systemClock).map(({ kind }) => kind);
    for (let quiet = 0; quiet < 2;) {
      const [row] = await this.database.admin<{ busy: boolean }>(
        `SELECT EXISTS (SELECT FROM ledger_inbox) OR EXISTS (SELECT FROM lookup WHERE state = 'WAITING') OR EXISTS (SELECT FROM ledger l WHERE l.kind = ANY ($1)
           AND l.position > coalesce((SELECT f.position FROM follower f WHERE f.name = l.lane), -1)) AS busy`,
        [kinds],
      );
      quiet = row?.busy ? 0 : quiet + 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.stop();
    await this.database.drop();
  }
}

export async function createWorld(
  options: {
    clock?: Clock;
    poolSize?: number;
    lookup?: Lookup;
    proof?: ProofOptions;
    oauth?: OAuthSettings;
    login?: LoginSettings;
    sockets?: Partial<SocketLimits>;
    limits?: LimitOptions;
    trusted?: TrustedDocuments;
    proxies?: TrustedProxies;
    metrics?: MetricsAddress;
    drainMs?: number;
    log?: Log;
    /** Where a standby is, in the cluster of which the world's database is one. */
    replica?: (database: string) => string;
    replicaPatienceMs?: number;
  } = {},
  /** Outside of a run of tests: where. */
  on?: TestServer,
): Promise<World> {
  const { replica, ...hubOptions } = options;
  const database = await createDatabase(TEMPLATE, on);
  const name = new URL(database.address.adminUrl).pathname.slice(1);
  const hub = await startHub({
    database: { ...database.address, ...(replica && { replicaUrl: replica(name) }) },
    documentation: true,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    proof: testProof(),
    ...hubOptions,
  });
  const { key } = await new OrganisationService(hub.app.work, hub.app.clock).createFirstOperator('Operator');
  return new World(database, hub, key);
}
