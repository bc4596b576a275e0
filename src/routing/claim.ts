import { parse } from 'tldts';

import { hostName } from '../observable/name.ts';
import { isRefusal } from '../observable/refusal.ts';
import { specialName } from '../observable/special-names.ts';
import { Refusal } from '../platform/errors.ts';

export const CLAIM_ROLES = [
  'REGISTRY',
  'REGISTRAR',
  'DNS_OPERATOR',
  'HOST',
  'CDN_PROXY',
  'PLATFORM',
  'MAIL_PROVIDER',
] as const;
export type ClaimRole = (typeof CLAIM_ROLES)[number];

/**
 * The domain suffix in normal form. Nobody claims a public suffix, under which strangers live; a platform may claim
 * the suffix under which its own customers live.
 */
export function claimedSuffix(text: string, role: ClaimRole, { documentation }: { documentation: boolean }): string {
  const name = hostName(text.trim().toLowerCase());
  if (isRefusal(name)) throw new Refusal('BAD_INPUT', name.hint);
  const { isIcann, isPrivate, domain } = parse(name, { allowPrivateDomains: true });
  const special = specialName(name);
  if (special ? !(special.documentation && documentation) : !isIcann && !isPrivate) {
    throw new Refusal('BAD_INPUT', 'This name is not in the public DNS.');
  }
  if (domain === null && !(isPrivate && role === 'PLATFORM')) {
    throw new Refusal('PUBLIC_SUFFIX', 'This is a public suffix: other people have names below it.');
  }
  return name;
}
