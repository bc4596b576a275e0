import { describe, expect, test } from 'vitest';

import { Refusal } from '../../src/platform/errors.ts';
import {
  CLAIM_KINDS,
  CLAIM_ROLES,
  ROLES_OF_KIND,
  readAsset,
  type ClaimKind,
  type ClaimRole,
} from '../../src/routing/claim.ts';

const DOCUMENTATION = { documentation: true };

/** The normal form of an asset, or the code with which it is refused. */
function read(
  kind: ClaimKind,
  value: string,
  role: ClaimRole = firstRole(kind),
  tld: string | null = null,
  options = DOCUMENTATION,
) {
  try {
    return readAsset({ kind, role, value, tld }, options).value;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const firstRole = (kind: ClaimKind): ClaimRole => ROLES_OF_KIND[kind].at(-1) ?? 'HOST';

describe('an asset is read into one form, or refused', () => {
  test.each<[ClaimKind, string, string]>([
    ['IANA_REGISTRAR_ID', ' 0146 ', '146'],
    ['IANA_REGISTRAR_ID', '0', 'BAD_INPUT'],
    ['IANA_REGISTRAR_ID', '9999', 'BAD_INPUT'],
    ['IANA_REGISTRAR_ID', '12 34', 'BAD_INPUT'],
    ['TLD', '.EXAMPLE', 'example'],
    ['TLD', 'fr', 'fr'],
    ['TLD', 'co.uk', 'BAD_INPUT'],
    ['TLD', 'github.io', 'BAD_INPUT'],
    ['TLD', 'onion', 'BAD_INPUT'],
    ['TLD', 'nosuchtld', 'BAD_INPUT'],
    ['DOMAIN_SUFFIX', 'Shop.Example.', 'shop.example'],
    ['DOMAIN_SUFFIX', 'com', 'PUBLIC_SUFFIX'],
    ['DOMAIN_SUFFIX', 'example', 'PUBLIC_SUFFIX'],
    ['DOMAIN_SUFFIX', 'shop.onion', 'BAD_INPUT'],
    ['NAME_SERVER_SUFFIX', 'ns.dns.example', 'ns.dns.example'],
    ['NAME_SERVER_SUFFIX', 'co.uk', 'PUBLIC_SUFFIX'],
    ['NAME_SERVER_SUFFIX', 'github.io', 'PUBLIC_SUFFIX'],
    ['MAIL_DOMAIN', 'bücher.example', 'xn--bcher-kva.example'],
    ['MAIL_DOMAIN', 'a@b.example', 'BAD_INPUT'],
    ['ASN', 'as64500', '64500'],
    ['ASN', '1.0', '65536'],
    ['ASN', '1.16', 'BAD_INPUT'],
    ['ASN', '1.65536', 'BAD_INPUT'],
    ['ASN', '0.64500', '64500'],
    ['ASN', '23456', 'BAD_INPUT'],
    ['ASN', '64512', 'BAD_INPUT'],
    ['ASN', '4294967296', 'BAD_INPUT'],
    ['ASN', '3356', '3356'],
    ['IP_PREFIX', '192.0.2.0/24', '192.0.2.0/24'],
    ['IP_PREFIX', '192.0.2.7', '192.0.2.7/32'],
    ['IP_PREFIX', '192.0.2.7/32', '192.0.2.7/32'],
    ['IP_PREFIX', '192.0.2.7/24', 'BAD_INPUT'],
    ['IP_PREFIX', '0.0.0.0/0', 'BAD_INPUT'],
    ['IP_PREFIX', '::/0', 'BAD_INPUT'],
    ['IP_PREFIX', '11.0.0.0/8', '11.0.0.0/8'],
    ['IP_PREFIX', '10.0.0.0/8', 'BAD_INPUT'],
    ['IP_PREFIX', '10.1.0.0/16', 'BAD_INPUT'],
    ['IP_PREFIX', '224.0.0.0/8', 'BAD_INPUT'],
    ['IP_PREFIX', '2001:DB8::/32', '2001:db8::/32'],
    ['IP_PREFIX', '2001:db8::1', '2001:db8::1/128'],
    ['IP_PREFIX', '2400::/12', 'BAD_INPUT'],
    ['IP_PREFIX', '192.0.2.0/24/24', 'BAD_INPUT'],
    ['IP_PREFIX', 'shop.example', 'BAD_INPUT'],
    ['CONTACT_FOR', '192.0.2.0/24', '192.0.2.0/24'],
    ['CONTACT_FOR', '2001:db8::/48', '2001:db8::/48'],
    ['CONTACT_FOR', 'Shop.example', 'shop.example'],
    ['CONTACT_FOR', 'com', 'PUBLIC_SUFFIX'],
    ['CONTACT_DOMAIN', 'abuse.example', 'abuse.example'],
  ])('%s %s: %s', (kind, value, expected) => expect(read(kind, value)).toBe(expected));

  test('a handle belongs to the registry that gave it, and is compared without case', () => {
    expect(read('REGISTRAR_HANDLE', 'somebody-sas', 'REGISTRAR', 'FR')).toBe('fr/SOMEBODY-SAS');
    expect(read('REGISTRAR_HANDLE', 'somebody', 'REGISTRAR')).toBe('BAD_INPUT');
    expect(read('REGISTRAR_HANDLE', 'a/b', 'REGISTRAR', 'fr')).toBe('BAD_INPUT');
    expect(read('REGISTRAR_HANDLE', 'somebody', 'REGISTRAR', 'co.uk')).toBe('BAD_INPUT');
    expect(read('ASN', '3356', 'NETWORK', 'fr')).toBe('BAD_INPUT');
  });

  test('what is reserved for documentation is nobody’s outside of a trial', () => {
    const production = (kind: ClaimKind, value: string) =>
      read(kind, value, firstRole(kind), null, { documentation: false });
    expect(production('ASN', '64500')).toBe('BAD_INPUT');
    expect(production('IP_PREFIX', '192.0.2.0/24')).toBe('BAD_INPUT');
    expect(production('DOMAIN_SUFFIX', 'shop.example')).toBe('BAD_INPUT');
    expect(production('TLD', 'example')).toBe('BAD_INPUT');
  });

  test('each kind is claimed in its own roles, and in no other', () => {
    const values: Readonly<Record<ClaimKind, string>> = {
      ...{ IANA_REGISTRAR_ID: '146', REGISTRAR_HANDLE: 'somebody', TLD: 'fr', ASN: '3356', IP_PREFIX: '192.0.2.0/24' },
      ...{ DOMAIN_SUFFIX: 'a.example', NAME_SERVER_SUFFIX: 'a.example', MAIL_DOMAIN: 'a.example' },
      ...{ CONTACT_FOR: 'a.example', CONTACT_DOMAIN: 'a.example' },
    };
    for (const kind of CLAIM_KINDS) {
      const roles = CLAIM_ROLES.filter(
        (role) => read(kind, values[kind], role, kind === 'REGISTRAR_HANDLE' ? 'fr' : null) !== 'BAD_INPUT',
      );
      expect([kind, roles]).toEqual([kind, CLAIM_ROLES.filter((role) => ROLES_OF_KIND[kind].includes(role))]);
    }
  });
});
