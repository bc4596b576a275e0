import { instantOf } from '../instant.ts';
import { fieldOf, textOf, uuidOf, type JsonObject } from '../json-document.ts';
import { labelsOfTags, strictest, type Labels } from '../labels.ts';
import {
  endpoint,
  noted,
  refused,
  unsupported,
  type Claims,
  type Passed,
  type SharedValue,
} from '../shared-document.ts';
import { valuesOf } from './attribute-types.ts';
import { confidenceOf, tagsOf, wordsOf } from './tags.ts';

/** What an attribute has from what it stands in: its event, and perhaps an object of it. */
export interface Around {
  readonly report: number;
  readonly labels: Labels;
  readonly words: readonly string[];
  /** Of the object that it is in. */
  readonly tags: readonly string[];
  readonly confidence: number | null;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** The port beside an address, where an object has one of each. */
  readonly port: string | null;
  /** What it stands in was deleted. */
  readonly revoked: boolean;
}

/** What one attribute of an event gives. */
export function readAttribute(attribute: JsonObject, around: Around, seen: Set<string>): Claims | Passed {
  const [type, value] = [textOf(attribute, 'type'), textOf(attribute, 'value')];
  if (type === null || value === null) return refused('MALFORMED', 'An attribute has a type and a value, as text.');
  const name = uuidOf(textOf(attribute, 'uuid'));
  if (name !== null && seen.has(name)) return noted('DUPLICATE_ID', 'An attribute with this uuid stands before it.');
  if (name !== null) seen.add(name);
  const values = valuesOf(type, textOf(attribute, 'category') ?? '', value);
  if (!Array.isArray(values)) return values;
  const [first, last] = [
    seenAt(attribute, 'first_seen', around.firstSeen),
    seenAt(attribute, 'last_seen', around.lastSeen),
  ];
  if (first === undefined || last === undefined) {
    return refused('BAD_DATES', 'A time has a zone, e.g. 2017-04-18T09:30:00+00:00, and is not before 1970.');
  }
  const tags = tagsOf(attribute);
  return {
    ...{ status: 'CLAIMS', name, report: around.report, firstSeen: first, lastSeen: last },
    values: values.map((each) => withPort(each, around.port)),
    tags: [...tags, ...around.tags],
    words: [...wordsOf(tags), textOf(attribute, 'category') ?? '', ...around.words],
    confidence: confidenceOf(tags) ?? around.confidence,
    comment: textOf(attribute, 'comment'),
    labels: strictest([labelsOfTags(tags), around.labels]),
    revoked: around.revoked || isTrue(fieldOf(attribute, 'deleted')),
    unflagged: !isTrue(fieldOf(attribute, 'to_ids')),
  };
}

/** Somebody proposes to change an attribute: until its owner accepts, it is not what the event says. */
export const PROPOSAL = unsupported(
  'PROPOSAL',
  'A proposal is not imported. Accept it in MISP, and export the event again.',
);

/** In ISO 8601 and UTC; null where nothing is said, undefined where it cannot be read. */
export function seenAt(object: JsonObject, key: string, otherwise: string | null): string | null | undefined {
  const text = textOf(object, key);
  return text === null ? otherwise : instantOf(text)?.at;
}

/** MISP writes flags as JSON has them, as 0 and 1, and as text, by version. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}

function withPort(value: SharedValue, port: string | null): SharedValue {
  return port !== null && value.type === 'ip' && !value.text.includes('/') ? endpoint(value.text, port) : value;
}
