import { isIpv4, readAddress, readNetwork } from './address.ts';
import { readEmail } from './email.ts';
import { readEndpoint } from './endpoint.ts';
import { readCertificate, readHash, unknownHash } from './hash.ts';
import { legibleLines, legibleText } from './legible-text.ts';
import { hostName, readName } from './name.ts';
import { ObservableType, type Reading, type ReadingOptions, accept } from './observable.ts';
import { hasMarks, refang } from './refang.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';
import { type ExpectedTypes, expectedTypes } from './type-hint.ts';
import { readUrl } from './url.ts';

/**
 * Reads one value as a vendor wrote it: its type, its normal form, and the resource somebody can switch off; or why
 * not. Pure, total, and linear in the length of the text.
 *
 * @param hint the type given with the value: an `ObservableType` or one of the field's usual words. It decides only
 *   where the text does not (certificate or file, rule text, URL without scheme and path); against the text it refuses.
 */
export function readObservable(text: string, hint?: string | null, options: ReadingOptions = {}): Reading {
  const expected = hint === undefined || hint === null || hint.trim() === '' ? null : expectedTypes(hint);
  if (isRefusal(expected)) return expected;
  if (expected?.has(ObservableType.PATTERN)) {
    const lines = legibleLines(text);
    return isRefusal(lines) ? lines : accept(ObservableType.PATTERN, lines);
  }
  const legible = legibleText(text);
  if (isRefusal(legible)) return legible;
  if (expected?.has(ObservableType.X509_SHA256)) return readCertificate(legible);
  const reading = recognise(legible, expected, options);
  if (!reading.ok || expected === null || expected.has(reading.observable.type)) return reading;
  return mismatch(legible, hint ?? '', reading.observable.type);
}

function recognise(text: string, expected: ExpectedTypes | null, options: ReadingOptions): Reading {
  const refanged = refang(text);
  const { scheme, authority, rest } = refanged;
  if (/\s/.test(authority) || /\s/.test(rest)) return whiteSpace();
  // `((.))`: undoing it once more at the next reading would make another value of it.
  if (authority === '' || hasMarks(authority)) return unrecognised(text);
  if (scheme !== null) return readUrl(refanged, options);

  const wantsUrl = expected?.has(ObservableType.URL) ?? false;
  if (!wantsUrl && isNetwork(authority, rest)) return readNetwork(authority, rest.slice(1), options);
  if (wantsUrl || rest !== '') return readUrlWithoutScheme(authority, rest, options);
  if (authority.includes('@')) return readEmail(authority, options);
  const hash = readHash(authority);
  if (hash) return hash;
  if (authority.startsWith('[')) return readEndpoint(authority, options);
  switch (authority.split(':', 3).length) {
    case 1:
      return readWord(authority, expected, options);
    case 2:
      return readEndpoint(authority, options);
    default:
      return readAddress(authority, options);
  }
}

function isNetwork(authority: string, rest: string): boolean {
  const address = isIpv4(authority) || (authority.split(':', 3).length === 3 && !authority.startsWith('['));
  return address && /^\/[0-9]{1,3}$/.test(rest);
}

function readUrlWithoutScheme(authority: string, rest: string, options: ReadingOptions): Reading {
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:[0-9]*$/, '');
  // A URL parser takes `0177.0.0.1` and `2130706433` for addresses. Without a scheme nobody has said that it is a URL.
  const name = host.startsWith('[') || isIpv4(host) ? host : hostName(host);
  return isRefusal(name) ? name : readUrl({ scheme: 'http', authority, rest }, options);
}

function readWord(text: string, expected: ExpectedTypes | null, options: ReadingOptions): Reading {
  if (isIpv4(text)) return readAddress(text, options);
  const reading = readName(text, options);
  const wantsName = expected?.has(ObservableType.DOMAIN) ?? false;
  if (reading.ok || wantsName || text.includes('.')) return reading;
  switch (reading.code) {
    case ObservableRefusal.UNKNOWN_SUFFIX:
    case ObservableRefusal.MALFORMED_NAME:
      return unknownHash(text) ?? unrecognised(text);
    default:
      return reading;
  }
}

function whiteSpace(): Refusal {
  const hint = 'Contains white space. Send one value per item, and write a space in a URL as %20.';
  return refuse(ObservableRefusal.WHITESPACE, hint);
}

function unrecognised(text: string): Refusal {
  const kinds = 'a domain, URL, IP address, network, address:port, e-mail address or file hash';
  return refuse(ObservableRefusal.UNRECOGNISED, `${quoted(text)} is nothing this hub knows. Send ${kinds}.`);
}

function mismatch(text: string, hint: string, type: ObservableType): Refusal {
  const sentence = `${quoted(text)} was sent as ${quoted(hint)} but reads as ${type}. Send it as ${type}, or correct the value.`;
  return refuse(ObservableRefusal.TYPE_MISMATCH, sentence);
}
