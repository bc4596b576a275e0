import { holderOf } from './holder.ts';
import { hostName } from './name.ts';
import { ObservableType, type Reading, type ReadingOptions, ResourceKind, accept } from './observable.ts';
import { ObservableRefusal, type Refusal, isRefusal, quoted, refuse } from './refusal.ts';

// RFC 5322, section 3.2.3, dot-atom, with the letters of RFC 6532. Quoted local parts are not read: in the reports of
// the field a quote is a copying mistake.
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const MAX_LOCAL_PART_BYTES = 64;
const MAX_ADDRESS_BYTES = 254;

/**
 * An e-mail address: the domain in normal form, the local part as written (RFC 5321, section 2.4: only the receiving
 * host may say that case does not matter). No known provider gives two people addresses that differ in case alone,
 * so the mailbox, which is what gets a case, is compared without it.
 */
export function readEmail(text: string, options: ReadingOptions): Reading {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).normalize('NFC');
  if (!LOCAL_PART.test(local) || Buffer.byteLength(local) > MAX_LOCAL_PART_BYTES) return malformed(text);
  const domain = hostName(text.slice(at + 1));
  if (isRefusal(domain)) return domain;
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(address) > MAX_ADDRESS_BYTES) return malformed(text);
  const holder = holderOf(domain, options);
  // A shared name is no obstacle: one mailbox on it can be meant, and can be closed alone.
  if (isRefusal(holder)) return holder;
  const mailbox = { kind: ResourceKind.MAILBOX, value: address.toLowerCase() };
  return accept(ObservableType.EMAIL_ADDRESS, address, holder.kind === 'NOBODY' ? null : mailbox);
}

function malformed(text: string): Refusal {
  const hint = `${quoted(text)} is no e-mail address. Send the bare address, without display name, mailto: or quotes.`;
  return refuse(ObservableRefusal.MALFORMED_EMAIL, hint);
}
