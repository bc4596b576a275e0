import { readAddress } from '../observable/address.ts';
import { readAsn } from '../observable/autonomous-system.ts';
import { hostName } from '../observable/name.ts';
import { ResourceKind, type ReadingOptions, type Resource } from '../observable/observable.ts';
import { isRefusal, type Refusal } from '../observable/refusal.ts';
import { readRegistrarHandle, readRegistrarId } from '../observable/registrar.ts';

/** What somebody knows of who can act on a resource, as written. */
export interface Hosting {
  readonly registrarIanaId?: number | null;
  /** What the registry of the name's own top-level domain calls the registrar. */
  readonly registrarHandle?: string | null;
  readonly nameServers?: readonly string[] | null;
  readonly mailExchangers?: readonly string[] | null;
  readonly addresses?: readonly { readonly address: string; readonly at?: Date | null }[] | null;
  readonly asn?: string | null;
}

export const FACT_KINDS = [
  'IANA_REGISTRAR_ID',
  'REGISTRAR_HANDLE',
  'NAME_SERVER',
  'MAIL_EXCHANGER',
  'ADDRESS',
  'ASN',
  'CONTACT_DOMAIN',
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** One thing known, in normal form: what claims are compared with. */
export interface PartyFact {
  readonly kind: FactKind;
  readonly value: string;
  /** When it was so: addresses change hands within hours. */
  readonly seenAt: string | null;
}

const MOST_OF_EACH = 20;

/** Reads it, or says what is wrong with it. The hint is for the sender. */
export function readHosting(
  hosting: Hosting,
  resource: Resource | null,
  options: ReadingOptions,
): PartyFact[] | { readonly hint: string } {
  if (resource === null) return { hint: 'Nobody can switch this off, so nothing is to be known of who could.' };
  const { registrarIanaId, registrarHandle, nameServers, mailExchangers, addresses, asn } = hosting;
  if ((registrarIanaId != null || registrarHandle != null) && resource.kind !== ResourceKind.NAME) {
    return { hint: 'A registrar can act on a registered domain name, and on nothing else.' };
  }
  if ([nameServers, mailExchangers, addresses].some((list) => (list?.length ?? 0) > MOST_OF_EACH)) {
    return { hint: `At most ${MOST_OF_EACH} name servers, mail exchangers and addresses each.` };
  }
  const read: Read[] = [
    ...registrarOf(hosting, resource),
    ...(nameServers ?? []).map((name): Read => ['NAME_SERVER', hostName(name.trim())]),
    ...(mailExchangers ?? []).map((name): Read => ['MAIL_EXCHANGER', hostName(name.trim())]),
    ...(addresses ?? []).map(({ address, at }): Read => ['ADDRESS', addressOf(address, options), at]),
    ...(asn == null ? [] : [['ASN', readAsn(asn, options)] satisfies Read]),
  ];
  const facts: PartyFact[] = [];
  for (const [kind, value, at] of read) {
    if (isRefusal(value)) return { hint: value.hint };
    facts.push({ kind, value, seenAt: at?.toISOString() ?? null });
  }
  return facts;
}

type Read = readonly [kind: FactKind, value: string | Refusal, at?: Date | null | undefined];

/** A registrar's handle means something with the registry that gave it alone: that of the name's top-level domain. */
function registrarOf({ registrarIanaId, registrarHandle }: Hosting, { value }: Resource): Read[] {
  const topLevel = value.slice(value.lastIndexOf('.') + 1);
  return [
    ...(registrarIanaId == null
      ? []
      : [['IANA_REGISTRAR_ID', readRegistrarId(String(registrarIanaId))] satisfies Read]),
    ...(registrarHandle == null
      ? []
      : [['REGISTRAR_HANDLE', readRegistrarHandle(topLevel, registrarHandle)] satisfies Read]),
  ];
}

function addressOf(text: string, options: ReadingOptions): string | Refusal {
  const reading = readAddress(text.trim(), options);
  return reading.ok ? reading.observable.value : reading;
}
