import 'reflect-metadata';

import pg from 'pg';

import { entities } from '../../src/app/entities.ts';
import { append, theHub, type Author } from '../../src/ledger/append.ts';
import { draft, type Draft } from '../../src/ledger/fact.ts';
import { sequenceBatch } from '../../src/ledger/sequence.ts';
import { Sequencer } from '../../src/ledger/sequencer.ts';
import { Signals } from '../../src/ledger/signals.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { connectPipelined } from '../../src/platform/database/connection.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import { urlOf, type Login } from '../../src/platform/database/logins.ts';
import type { Tx } from '../../src/platform/database/tx.ts';
import { Work } from '../../src/platform/database/work.ts';
import type { Log } from '../../src/platform/log.ts';
import { ClientCreated, OrganisationSuspended } from '../../src/tenancy/organisation.facts.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** A log that keeps what it was told. */
export class Told implements Log {
  readonly messages: string[] = [];
  info = (_fields: object, message: string): void => void this.messages.push(message);
  warn = this.info;
  error = this.info;
}

/** A database with organisations and no hub: who numbers and who follows is the test's to start. */
export class LedgerWorld {
  readonly told = new Told();

  private constructor(
    readonly database: TestDatabase,
    readonly operatorId: string,
    private readonly sources: { destroy(): Promise<void> }[],
    readonly work: Work,
  ) {}

  static async create(): Promise<LedgerWorld> {
    const database = await createDatabase();
    const { sources, work } = await workOn(database);
    const service = new OrganisationService(work, systemClock);
    const { organisationId } = await service.createFirstOperator('Operator');
    return new LedgerWorld(database, organisationId, sources, work);
  }

  /** Another node's way to the same database. */
  async node(): Promise<Work> {
    const { sources, work } = await workOn(this.database);
    this.sources.push(...sources);
    return work;
  }

  /** Registers providers under the operator; their ids. */
  organisations(count: number): Promise<string[]> {
    const viewer = {
      organisationId: this.operatorId,
      organisationName: 'Operator',
      roles: new Set(['OPERATOR'] as const),
      clientId: this.operatorId,
      memberId: null,
      permissions: new Set(['hub:operate'] as const),
    };
    const service = new OrganisationService(this.work, systemClock);
    const all = Array.from({ length: count }, (_, n) => service.create(viewer, { name: `P${n}`, roles: ['PROVIDER'] }));
    return Promise.all(all.map(async (one) => (await one).organisationId));
  }

  sequencer(signals = new Signals(), frozenAfter?: string): Sequencer {
    return new Sequencer(urlOf('tocsin_ledger', this.database.address), signals, this.told, frozenAfter);
  }

  /** A leader's connection, for a test that numbers by hand. */
  leader(): Promise<pg.Client> {
    return connectPipelined(urlOf('tocsin_ledger', this.database.address), 'a leader');
  }

  /** Numbers all that waits. */
  async numbered(): Promise<void> {
    const client = await this.leader();
    while (await sequenceBatch(client, await this.epoch()));
    await client.end();
  }

  async epoch(): Promise<string> {
    const [head] = await this.database.admin<{ epoch: string }>('SELECT epoch FROM ledger_head');
    return head?.epoch ?? '';
  }

  /** One entry for each organisation, in one transaction of the flow; their ids. */
  appends(drafts: readonly Draft[]): Promise<string[]> {
    return this.work.asSystem((tx) => append(tx, theHub(new Date()), drafts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.sources.map((source) => source.destroy()));
    await this.database.drop();
  }
}

async function workOn({ address }: TestDatabase) {
  const connect = (login: Login) => connectAs(login, dataSourceFor(login, address, entities, 4));
  const [app, system] = await Promise.all([connect('tocsin_app'), connect('tocsin_system')]);
  return { sources: [app, system], work: new Work(app, system) };
}

/** Heard by the organisation alone. */
export const heardByOne = (id: string, name = 'a key'): Draft => draft(ClientCreated, [{ id, clientId: id, name }]);
/** Heard by the organisation and its operator. */
export const heardByTwo = (id: string): Draft => draft(OrganisationSuspended, [{ id }]);

/** Appends in a transaction that the test itself begins and ends on a connection of its own; done when it returns. */
export async function appendOn(client: pg.ClientBase, author: Author, drafts: readonly Draft[]): Promise<string[]> {
  const unused = (): never => {
    throw new Error('Nothing is only read here.');
  };
  const sent: Promise<unknown>[] = [];
  const tx: Tx = {
    query: unused,
    send: (statement, values = []) =>
      void sent.push(client.query(typeof statement === 'string' ? statement : statement.text, [...values])),
    list: unused,
    listAsked: unused,
    get manager(): never {
      return unused();
    },
  };
  const ids = await append(tx, author, drafts);
  await Promise.all(sent);
  return ids;
}

/** A connection of the superuser, for locks that a test holds. */
export async function holder({ address }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: address.adminUrl });
  await client.connect();
  await client.query('SET search_path = hub');
  return client;
}
