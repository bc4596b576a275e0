/** A name that no registry delegates to a holder on the public Internet. */
export interface SpecialName {
  readonly suffix: string;
  /** Continues the sentence ".onion is ...". */
  readonly meaning: string;
  readonly documentation: boolean;
}

const SPECIAL_TOP_LEVEL: Readonly<Record<string, string>> = {
  test: 'reserved for testing (RFC 6761)',
  invalid: 'reserved for names that must not exist (RFC 6761)',
  localhost: 'the machine itself (RFC 6761)',
  local: 'local to one network (RFC 6762)',
  internal: 'reserved by ICANN for private networks',
  alt: 'outside the DNS (RFC 9476)',
  arpa: 'Internet infrastructure (RFC 3172): send the address itself',
};

const DOCUMENTATION_DOMAINS = ['example.com', 'example.net', 'example.org'];

/** The special-use domain that a host name in normal form is or lies below (RFC 6761 registry). */
export function specialName(name: string): SpecialName | null {
  const top = name.slice(name.lastIndexOf('.') + 1);
  if (top === 'example') return documentation('.example');
  const domain = DOCUMENTATION_DOMAINS.find((reserved) => name === reserved || name.endsWith(`.${reserved}`));
  if (domain !== undefined) return documentation(domain);
  const meaning = Object.hasOwn(SPECIAL_TOP_LEVEL, top) ? SPECIAL_TOP_LEVEL[top] : undefined;
  return meaning === undefined ? null : { suffix: `.${top}`, meaning, documentation: false };
}

function documentation(suffix: string): SpecialName {
  return { suffix, meaning: 'reserved for documentation (RFC 2606)', documentation: true };
}

/** A name of a Tor onion service (RFC 7686): it has no registrar, and its host cannot be found. */
export function isOnion(name: string): boolean {
  return name.endsWith('.onion');
}

/** Whether the label before `.onion` can be an address: 56 characters in version 3, 16 in the former version 2. */
export function isOnionAddress(name: string): boolean {
  return /^(?:[a-z0-9_-]+\.)*(?:[a-z2-7]{56}|[a-z2-7]{16})\.onion$/.test(name);
}
