import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { accepted, type Payload } from '../payload.ts';
import type { Party } from './cast.ts';
import { Listener, type Heard } from './listener.ts';
import { keyOf } from './story.ts';

interface Matter {
  readonly id: string;
  readonly resource: string;
  readonly version: number;
}

interface Decided extends Payload {
  readonly results: readonly {
    readonly case: { readonly id: string } | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

const decision = (mutation: string, input: string) => `mutation ($input: ${input}!) { done: ${mutation}(input: $input) {
  results { case { id } error { code message } } errors { code message path } } }`;
const CONFIRM = decision('confirmCases', 'ConfirmCasesInput');
const FORWARD = decision('forwardCases', 'ForwardCasesInput');
const MOST = 1000;
/** In several parts, also where one would do: the parties hear of them one after the other. */
const PARTS = 3;
/** The first part may be about nothing that a party has. */
const FIRST_HEARD_WITHIN_MS = 1_000;

/** A CERT's program: it confirms the cases of the report and forwards them as it hears of them. */
export class Coordinator {
  readonly listener: Listener;
  /** Ids of the cases of the report, with their resource. */
  readonly cases = new Map<string, string>();
  private readonly handled = new Set<string>();
  private waiting: { readonly count: number; readonly resolve: () => void } | null = null;

  constructor(
    private readonly party: Party,
    private readonly resources: ReadonlySet<string>,
    private readonly tell: (what: string) => void,
    /** Resolves when one of the parties has heard of the first part. */
    private readonly firstHeard: Promise<void>,
  ) {
    this.listener = new Listener(party, (heard) => this.read(heard));
  }

  /** Resolves when it has decided on cases of so many resources. */
  handledAll(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { count, resolve };
      this.look();
    });
  }

  private look(): void {
    if (this.waiting && this.handled.size >= this.waiting.count) this.waiting.resolve();
  }

  private async read(heard: readonly Heard[]): Promise<void> {
    const matters = new Map(heard.flatMap((each) => this.mattersOf(each)).map((matter) => [matter.id, matter]));
    if (matters.size === 0) return;
    const all = [...matters.values()];
    for (const { id, resource } of all) this.cases.set(id, resource);
    const confirmed = await this.confirm(all);
    this.tell(`the CERT confirmed ${confirmed.length} cases`);
    const size = Math.min(MOST, Math.ceil(confirmed.length / PARTS));
    for (let start = 0; start < confirmed.length; start += size) {
      await this.forward(confirmed.slice(start, start + size));
      await Promise.race([this.firstHeard, sleep(FIRST_HEARD_WITHIN_MS, undefined, { ref: false })]);
    }
    for (const { resource } of confirmed) this.handled.add(resource);
    this.look();
  }

  private mattersOf({ event: { kind, subjects, details } }: Heard): Matter[] {
    if (kind !== 'CASES_OPENED' && kind !== 'CASES_JOINED') return [];
    return details.flatMap((detail, index): Matter[] => {
      const resource = keyOf({ kind: String(detail['kind']), value: String(detail['resource']) });
      if (!this.resources.has(resource)) return [];
      return [{ id: subjects[index] ?? '', resource, version: Number(detail['version']) }];
    });
  }

  /** Those that are still what the event said; of the others a later event says more. */
  private async confirm(matters: readonly Matter[]): Promise<Matter[]> {
    const confirmed: Matter[] = [];
    for (let start = 0; start < matters.length; start += MOST) {
      const part = matters.slice(start, start + MOST);
      const cases = part.map(({ id, version }) => ({ id, expectedVersion: version }));
      const refused = await this.decide(CONFIRM, { cases, assessment: 'MALICIOUSLY_REGISTERED' });
      confirmed.push(...part.filter((_, index) => refused[index] === null));
    }
    return confirmed;
  }

  /** What has a party goes to it. Of the rest the CERT says that there is none, as a person has to. */
  private async forward(matters: readonly Matter[]): Promise<void> {
    const cases = matters.map(({ id }) => ({ id }));
    const refused = await this.decide(FORWARD, { cases });
    const partyless = cases.filter((_, index) => refused[index] === 'NO_PARTY');
    this.tell(`the CERT forwarded ${refused.filter((code) => code === null).length} cases to those who can act`);
    if (partyless.length === 0) return;
    await this.decide(FORWARD, { cases: partyless, confirmNoParty: true });
    this.tell(`the CERT confirmed that nobody can be found for ${partyless.length}`);
  }

  /** For each case why it was left as it is, or null. */
  private async decide(mutation: string, decided: object): Promise<(string | null)[]> {
    const input = { idempotencyKey: randomUUID(), ...decided };
    const { results } = accepted((await this.party.api.ask<{ done: Decided }>(mutation, { input })).done);
    return results.map(({ error }) => error?.code ?? null);
  }
}
