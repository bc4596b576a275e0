import { domainToASCII } from 'node:url';

import { resourceOfName } from './holder.ts';
import {
  ObservableType,
  type Reading,
  type ReadingOptions,
  type Resource,
  ResourceKind,
  accept,
} from './observable.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';

const WRITTEN_NAME = /^[a-z0-9._\-\u0080-\u{10ffff}]+$/iu;
// RFC 952 and 1123 host names, and the underscore: service labels (RFC 8552) and real hosts have it.
const LABEL = /^[a-z0-9_-]{1,63}$/;
const MAX_NAME = 253;

/**
 * A host name in normal form: A-labels (UTS 46, non-transitional, as browsers do), lower case, no trailing dot.
 * Look-alike scripts are kept: their A-labels show what they are.
 */
export function hostName(text: string): string | Refusal {
  // Checked before conversion: `domainToASCII` decodes percent signs and cuts at a slash instead of failing.
  if (!WRITTEN_NAME.test(text)) return malformed(text, 'it has characters that no host name has');
  const ascii = asciiOnly(text) ? text.toLowerCase() : domainToASCII(text);
  // RFC 1034, section 3.1: the trailing dot says that the name is complete, and so is not part of it.
  return checkedName(ascii.endsWith('.') ? ascii.slice(0, -1) : ascii, text);
}

/** The host name that WHATWG URL has already brought to ASCII, without the trailing dot, or why it is none. */
export function checkedName(ascii: string, written = ascii): string | Refusal {
  if (ascii === '') return malformed(written, 'it is no valid internationalised name');
  if (ascii.length > MAX_NAME) return malformed(written, `it is longer than ${MAX_NAME} characters (RFC 1035)`);
  const labels = ascii.split('.');
  if (!labels.every((label) => LABEL.test(label))) {
    return malformed(written, 'each part between dots has 1 to 63 letters, digits, hyphens or underscores (RFC 1035)');
  }
  return endsInNumber(labels.at(-1) ?? '') ? ambiguousAddress(written) : ascii;
}

/** A domain or a host name; a wildcard in front is read as the name below it, which is what can be acted on. */
export function readName(text: string, options: ReadingOptions): Reading {
  const name = hostName(text.startsWith('*.') ? text.slice(2) : text);
  if (isRefusal(name)) return name;
  const resource = resourceOfName(name, options);
  if (isRefusal(resource)) return resource;
  const registrable = resource === null ? name.split('.').length === 2 : isNameItself(resource, name);
  return accept(registrable ? ObservableType.DOMAIN : ObservableType.HOSTNAME, name, resource);
}

function isNameItself(resource: Resource, name: string): boolean {
  return resource.kind === ResourceKind.NAME && resource.value === name;
}

/** WHATWG URL, "ends in a number checker": a last label of this form makes the whole an IPv4 address. */
function endsInNumber(lastLabel: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(lastLabel);
}

function asciiOnly(text: string): boolean {
  // A label that begins with `xn--` and decodes to nothing is kept as well: it is a name that the DNS can have.
  return /^[\u0021-\u007e]*$/.test(text);
}

function ambiguousAddress(text: string): Refusal {
  return refuse(
    ObservableRefusal.AMBIGUOUS_ADDRESS,
    `${quoted(text)} could be several addresses. Send an IPv4 address as four decimal numbers without leading zeros.`,
  );
}

function malformed(text: string, reason: string): Refusal {
  return refuse(ObservableRefusal.MALFORMED_NAME, `${quoted(text)} is no host name: ${reason}.`);
}
