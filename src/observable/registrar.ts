import { ObservableRefusal, type Refusal, quoted, refuse } from './refusal.ts';

/** IANA's registry of registrar ids: 9994 to 9999 are for tests, registries and reserved names, and no registrar's. */
const NOT_REGISTRARS = { first: 9994, last: 9999 };

/** A registrar's id in the registry of IANA (RAA 1.17, RDAP publicIds), as decimal digits. */
export function readRegistrarId(text: string): string | Refusal {
  const trimmed = text.trim();
  const id = /^\d{1,7}$/.test(trimmed) ? Number(trimmed) : 0;
  if (id < 1 || (id >= NOT_REGISTRARS.first && id <= NOT_REGISTRARS.last)) {
    const hint = `${quoted(text)} is no registrar's IANA id. Send the number, e.g. 1234.`;
    return refuse(ObservableRefusal.UNRECOGNISED, hint);
  }
  return String(id);
}

/**
 * What one registry calls a registrar (EPP clID, RFC 5730 2.9.1.1: 3 to 16 characters); registries compare it without
 * case. A handle means nothing without its registry, so that is part of it: `fr/SOMEBODY-SAS`.
 */
export function readRegistrarHandle(topLevel: string, text: string): string | Refusal {
  const handle = text.trim().toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9._#-]{1,62}$/.test(handle)) {
    const hint = `${quoted(text)} is no registrar's handle: 2 to 63 letters, digits, dots, hyphens.`;
    return refuse(ObservableRefusal.UNRECOGNISED, hint);
  }
  return `${topLevel}/${handle}`;
}
