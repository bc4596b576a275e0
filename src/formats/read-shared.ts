import { fieldOf, isObject, parseJson, textOf, type JsonObject, type Unreadable } from './json-document.ts';
import { readMisp } from './misp/event.ts';
import type { SharedDocument, SharedFormat } from './shared-document.ts';
import { readStix } from './stix/bundle.ts';

/**
 * A shared document: STIX or MISP, recognised by what is in it where no format is given. Total: whatever the text, the
 * answer is a document or says why it is none.
 */
export function readShared(text: string, format: SharedFormat | null = null): SharedDocument | Unreadable {
  const parsed = parseJson(text);
  if ('problem' in parsed) return parsed;
  const { value } = parsed;
  if (!isObject(value) && !Array.isArray(value)) return UNKNOWN;
  switch (format ?? formatOf(value)) {
    case 'STIX':
      return readStix(value);
    case 'MISP':
      return readMisp(value);
    case null:
      return UNKNOWN;
  }
}

const UNKNOWN: Unreadable = {
  problem: 'UNKNOWN_FORMAT',
  hint: 'This is neither STIX (objects with a type) nor MISP (an event with attributes). Send one of these.',
};

/** By the first object: STIX objects say their type, MISP events have none. */
function formatOf(value: JsonObject | readonly unknown[]): SharedFormat | null {
  const first = isObject(value) ? value : value.find(isObject);
  if (!first) return null;
  if (textOf(first, 'type') !== null || Array.isArray(fieldOf(first, 'objects'))) return 'STIX';
  return ['Event', 'response', 'Attribute', 'Object', 'ShadowAttribute', 'info'].some((key) =>
    Object.hasOwn(first, key),
  )
    ? 'MISP'
    : null;
}
