import fc from 'fast-check';

import { readHosting } from '../../src/intake/hosting.ts';
import { readAddress, readNetwork } from '../../src/observable/address.ts';
import { hostName } from '../../src/observable/name.ts';
import { ResourceKind, type Reading } from '../../src/observable/observable.ts';
import { readObservable } from '../../src/observable/read-observable.ts';
import { defang, refang } from '../../src/observable/refang.ts';
import { isRefusal } from '../../src/observable/refusal.ts';
import { Refusal } from '../../src/platform/errors.ts';
import { CLAIM_KINDS, ROLES_OF_KIND, readAsset, type ClaimKind } from '../../src/routing/claim.ts';
import { mangled, must, orRefused, same, target } from './target.ts';

const DOCUMENTATION = { documentation: true };
const MARKS = ['[.]', '(dot)', '[at]', '[:]', '{.}', '[.', '.]', '((', '))', '[', ']', ' ', '\\', '//', '*.'];
const SIGNS = [
  '.',
  '..',
  ':',
  '@',
  '/',
  '?',
  '#',
  '%',
  '%2e',
  '%00',
  '\u200b',
  '。',
  'é',
  'xn--',
  '\ud800',
  '0x7f',
  '::',
  '-',
];
const VALUES = [
  'hxxps://login.shop[.]example/a/b?c=d#e',
  'http://user:pass@shop.example:8080/%7Ea/../b',
  'fxp://files[.]shop.example/x',
  'www.shop.example',
  '*.shop.example',
  'info(at)shop.example',
  '192.0.2.7:443',
  '[2001:db8::7]:443',
  '2001:db8::/48',
  '192.0.2.0/24',
  'd41d8cd98f00b204e9800998ecf8427e',
  'https://bücher.example/ß',
];
const texts = mangled(VALUES, [...MARKS, ...SIGNS]);
const hints = fc.constantFrom(null, 'url', 'domain', 'ip', 'email', 'ip-port', 'pattern', 'certificate', 'sha256', 'x');

function readsAsItself(reading: Reading): boolean {
  if (!reading.ok) {
    must(reading.hint.isWellFormed() && reading.hint.length < 1000, 'a hint is a short whole text');
    return false;
  }
  const { type, value } = reading.observable;
  must(value.length <= 2048 || type === 'PATTERN', 'a value is at most 2,048 characters');
  same(readObservable(value, type, DOCUMENTATION), reading, 'a normal form reads as itself');
  return true;
}

const asset = (kind: ClaimKind, value: string, tld: string | null = null) =>
  fc.record({
    kind: fc.oneof({ weight: 4, arbitrary: fc.constant(kind) }, fc.constantFrom(...CLAIM_KINDS)),
    role: fc.constantFrom(...ROLES_OF_KIND[kind]),
    value: mangled([value], SIGNS),
    tld: tld === null ? fc.constant(null) : fc.option(mangled([tld], SIGNS)),
  });
const assets = fc.oneof(
  asset('DOMAIN_SUFFIX', 'shop.example'),
  asset('IP_PREFIX', '192.0.2.0/24'),
  asset('ASN', 'AS64500'),
  asset('IANA_REGISTRAR_ID', '1234'),
  asset('REGISTRAR_HANDLE', 'HANDLE-1', 'example'),
  asset('CONTACT_FOR', '2001:db8::/32'),
);

export const OBSERVABLES = [
  target('observable', fc.tuple(texts, hints), ([text, hint]) =>
    readsAsItself(readObservable(text, hint, DOCUMENTATION)),
  ),

  target('refang', texts, (text) => {
    const { authority, rest } = refang(text);
    must(authority.length + rest.length <= text.length, 'undoing marks makes no text longer');
    const reading = readObservable(text, null, DOCUMENTATION);
    if (!reading.ok || /\[[.:@]\]/.test(reading.observable.value)) return false;
    const defanged = defang(reading.observable.value);
    // Defanging makes a text longer, and what is sent has its limit.
    if (Buffer.byteLength(defanged) > 2048) return false;
    same(readObservable(defanged, null, DOCUMENTATION), reading, 'a defanged value reads as the value');
    return true;
  }),

  target('url', fc.tuple(texts, mangled(['/a/b?c=d#e', '/%7e', ''], [...SIGNS, ...MARKS])), ([host, path]) =>
    readsAsItself(readObservable(`https://${host}${path}`, 'url', DOCUMENTATION)),
  ),

  target('host', texts, (text) => {
    const name = hostName(text);
    if (isRefusal(name)) return false;
    must(name.length <= 253, 'a name is at most 253 characters');
    same(hostName(name), name, 'a name reads as itself');
    return true;
  }),

  target(
    'address',
    fc.tuple(
      mangled(['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.1'], [':', '.', '0', '0x', '%', '/']),
      mangled(['24', '48'], ['0', '9', '-']),
    ),
    ([text, length]) => {
      const [address, network] = [readAddress(text, DOCUMENTATION), readNetwork(text, length, DOCUMENTATION)];
      if (address.ok) same(readAddress(address.observable.value, DOCUMENTATION), address, 'an address reads as itself');
      if (network.ok) {
        const [base = '', bits = ''] = network.observable.value.split('/');
        const again = bits === '' ? readAddress(base, DOCUMENTATION) : readNetwork(base, bits, DOCUMENTATION);
        same(again, network, 'a network reads as itself');
      }
      return address.ok || network.ok;
    },
  ),

  target('claim', assets, async (written) => {
    const asset = await orRefused(() => readAsset(written, DOCUMENTATION), Refusal);
    if (!asset) return false;
    const tld = asset.kind === 'REGISTRAR_HANDLE' ? written.tld : null;
    if (tld === null) same(readAsset({ ...asset, tld }, DOCUMENTATION), asset, 'an asset reads as itself');
    return true;
  }),

  target(
    'hosting',
    fc.record({
      registrarIanaId: fc.option(fc.integer({ min: -1, max: 20_000_000 })),
      registrarHandle: fc.option(mangled(['HANDLE-1'], SIGNS)),
      nameServers: fc.array(mangled(['ns1.dns.example'], SIGNS), { maxLength: 2 }),
      asn: fc.option(mangled(['AS64500', '1.10'], SIGNS)),
    }),
    (hosting) => !('hint' in readHosting(hosting, { kind: ResourceKind.NAME, value: 'shop.example' }, DOCUMENTATION)),
  ),
];
