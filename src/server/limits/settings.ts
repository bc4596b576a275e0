import { ConfigError } from '../../app/config/environment.ts';
import type { LimitConfig } from '../../app/config/limits.ts';
import { readProxies, type TrustedProxies } from '../peer.ts';
import type { LimitOptions } from './limits.ts';
import { readTrustedDocuments, TrustedDocumentsError, type TrustedDocuments } from './trusted-documents.ts';

/** What the environment says of limits, as a hub takes it. */
export interface LimitSettings {
  readonly limits: LimitOptions;
  readonly trusted: TrustedDocuments | null;
  readonly proxies: TrustedProxies;
}

export function limitSettings({ trustedDocuments, onlyTrusted, proxies, rate }: LimitConfig): LimitSettings {
  const read = readProxies(proxies);
  if (!read) throw new ConfigError(['TRUSTED_PROXIES must be addresses or ranges, parted by spaces: 192.0.2.0/24.']);
  const trusted = trustedDocuments === null ? null : documentsFrom(trustedDocuments, onlyTrusted);
  return { limits: rate ? { rate: { client: rate } } : {}, trusted, proxies: read };
}

function documentsFrom(place: string, only: boolean): TrustedDocuments {
  try {
    return readTrustedDocuments(place, only);
  } catch (error) {
    if (error instanceof TrustedDocumentsError) throw new ConfigError([`TRUSTED_DOCUMENTS: ${error.message}`]);
    throw error;
  }
}
