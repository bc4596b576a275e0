import { z } from 'zod';

import { readHosting, type FactKind, type Hosting } from '../intake/hosting.ts';
import { hostName } from '../observable/name.ts';
import type { ReadingOptions, Resource } from '../observable/observable.ts';
import { isRefusal } from '../observable/refusal.ts';
import { CLAIM_ROLES, type ClaimRole } from './claim.ts';

/** What is asked about: the resource, and the name whose holders can act on it where there is one. */
export interface Looked extends Resource {
  readonly host: string | null;
}

/** What the world says of who can act: as written there, so it is read like anything that is sent to the hub. */
export interface Found extends Hosting {
  /** Where abuse is reported to, for parties that have no better key. */
  readonly contacts?: readonly { readonly role: ClaimRole; readonly domain: string }[] | null;
}

/**
 * The port for everything that is asked of the world about a resource: RDAP, DNS, routing tables. Called outside of
 * every transaction; may fail, and is asked again then. Null: nothing is known.
 */
export interface Lookup {
  find(looked: Looked, signal: AbortSignal): Promise<Found | null>;
}

/** One thing found, in normal form. */
export interface FoundFact {
  readonly kind: FactKind;
  readonly role: ClaimRole | null;
  readonly value: string;
  readonly seenAt: string | null;
}

/** What is said of who can act is not what it should be; the message is for whoever said it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Throws Unreadable. An answer of the world that cannot be read is treated like none, and asked for again. */
export function readFound({ contacts, ...hosting }: Found, resource: Resource, options: ReadingOptions): FoundFact[] {
  const facts = readHosting(hosting, resource, options);
  if ('hint' in facts) throw new Unreadable(facts.hint);
  const reached = (contacts ?? []).map(({ role, domain }): FoundFact => {
    const value = hostName(domain.trim());
    if (isRefusal(value)) throw new Unreadable(value.hint);
    return { kind: 'CONTACT_DOMAIN', role, value, seenAt: null };
  });
  return [...facts.map((fact) => ({ ...fact, role: null })), ...reached];
}

const fixtureSchema = z.record(
  z.string(),
  z.strictObject({
    registrarIanaId: z.number().optional(),
    registrarHandle: z.string().optional(),
    nameServers: z.array(z.string()).optional(),
    mailExchangers: z.array(z.string()).optional(),
    addresses: z.array(z.strictObject({ address: z.string(), at: z.coerce.date().optional() })).optional(),
    asn: z.string().optional(),
    contacts: z.array(z.strictObject({ role: z.enum(CLAIM_ROLES), domain: z.string() })).optional(),
  }),
);

/** Answers from a table instead of the world, by resource or by host: for demonstrations and tests. Throws for any other text. */
export function fixtureLookup(json: string): Lookup {
  const answers = new Map(Object.entries(fixtureSchema.parse(JSON.parse(json))));
  return {
    find: ({ value, host }) => Promise.resolve(withoutGaps(answers.get(value) ?? answers.get(host ?? '') ?? null)),
  };
}

/** zod marks what is left out as undefined, which exact types part from what is not there. */
function withoutGaps(answer: z.infer<typeof fixtureSchema>[string] | null): Found | null {
  if (answer === null) return null;
  const { addresses, ...rest } = answer;
  const dated = addresses?.map(({ address, at }) => ({ address, at: at ?? null })) ?? null;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Found;
  return { ...given, addresses: dated };
}
