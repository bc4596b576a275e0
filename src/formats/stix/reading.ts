import { instantOf } from '../instant.ts';
import { fieldOf, isObject, objectsOf, textOf, textsOf, uuidOf, type JsonObject } from '../json-document.ts';
import { noted, refused, unsupported, type Claims, type Passed, type SharedValue } from '../shared-document.ts';
import type { Graph } from './graph.ts';
import { isObservable, partsOf, valuesOf } from './observed.ts';
import { readPattern } from './pattern.ts';

/** Where claims stand that no report lists. */
type Place = (id: string | null) => number;

/** Objects that say something of others, and what of them is used (STIX 2.1, sections 4, 5 and 7). */
const CONTEXT: Readonly<Record<string, string>> = {
  'threat-actor': 'Its name is a threat actor of the report.',
  'intrusion-set': 'Its name is a threat actor of the report.',
  'marking-definition': 'It labels what refers to it.',
  'observed-data': 'What it lists is answered by itself; it gives the times.',
  report: 'Its name, text and labels are those of the report.',
  grouping: 'Its name, text and labels are those of the report.',
  relationship: 'It may say the category of what it relates.',
  infrastructure: 'It may say the category of what it consists of.',
  'attack-pattern': 'It may say the category of what indicates it.',
};
const OTHER_CONTEXT = new Set([
  ...['campaign', 'course-of-action', 'extension-definition', 'identity', 'incident', 'language-content', 'location'],
  ...['malware', 'malware-analysis', 'note', 'opinion', 'sighting', 'tool', 'vulnerability'],
]);

/** What one object of a bundle gives. */
export function readObject(object: JsonObject, graph: Graph, place: Place): Claims | Passed {
  const type = textOf(object, 'type');
  if (type === null) return refused('MALFORMED', 'It has no type.');
  const id = textOf(object, 'id');
  if (id !== null && !graph.isLatest(id, object)) {
    return noted(
      'DUPLICATE_ID',
      'Another object of the document has this id, and was modified later or stands before it.',
    );
  }
  if (type === 'indicator') return readIndicator(object, graph, place);
  if (type === 'observed-data' && isObject(fieldOf(object, 'objects'))) return readObservation(object, graph, place);
  if (isObservable(type)) return readObservable(type, object, graph, place);
  if (Object.hasOwn(CONTEXT, type)) return noted('CONTEXT', CONTEXT[type] ?? '');
  if (OTHER_CONTEXT.has(type)) return noted('CONTEXT', 'It claims nothing by itself, and is not kept.');
  return unsupported('UNSUPPORTED_TYPE', 'Objects of this type are not known to this hub.');
}

function readIndicator(object: JsonObject, graph: Graph, place: Place): Claims | Passed {
  const kind = textOf(object, 'pattern_type') ?? 'stix';
  const pattern = textOf(object, 'pattern');
  if (pattern === null) return refused('MALFORMED', 'An indicator has a pattern, as text.');
  if (kind !== 'stix') {
    return unsupported('UNSUPPORTED_PATTERN', 'Only STIX patterns are read. Send the observables themselves.');
  }
  const types = textsOf(object, 'indicator_types');
  if (types.length > 0 && types.every((each) => each === 'benign')) {
    return noted('BENIGN', 'Its source says that it is benign.');
  }
  const reading = readPattern(pattern);
  if ('reason' in reading) {
    return unsupported('UNSUPPORTED_PATTERN', `The pattern gives no observable: ${reading.reason}.`);
  }
  const id = textOf(object, 'id');
  const phases = objectsOf(object, 'kill_chain_phases').flatMap((phase) => textOf(phase, 'phase_name') ?? []);
  return claims(object, reading.values, graph, {
    ...{ name: nameOf(id), report: place(id), revoked: fieldOf(object, 'revoked') === true },
    words: [...phases, ...textsOf(object, 'labels'), ...types, ...relatedWords(id, graph)],
    times: [textOf(object, 'valid_from'), textOf(object, 'valid_until')],
  });
}

/** STIX 2.0 has the objects of an observation inside of it, under keys of its own. */
function readObservation(object: JsonObject, graph: Graph, place: Place): Claims | Passed {
  const inside = Object.entries(fieldOf(object, 'objects') as JsonObject);
  const parts = new Set(inside.flatMap(([, each]) => (isObject(each) ? partsOf(each) : [])));
  const values = inside.flatMap(([key, each]) =>
    isObject(each) && !parts.has(key) ? valuesOf(textOf(each, 'type') ?? '', each) : [],
  );
  if (values.length === 0) return unsupported('UNSUPPORTED_TYPE', 'Nothing in it can be switched off or looked up.');
  const id = textOf(object, 'id');
  return claims(object, values, graph, {
    ...{ name: nameOf(id), report: place(id), revoked: fieldOf(object, 'revoked') === true },
    words: [...textsOf(object, 'labels'), ...relatedWords(id, graph)],
    times: timesOf(object),
  });
}

function readObservable(type: string, object: JsonObject, graph: Graph, place: Place): Claims | Passed {
  const values = valuesOf(type, object);
  const id = textOf(object, 'id');
  if (values.length === 0) {
    return unsupported('UNSUPPORTED_TYPE', 'It is nothing that somebody can switch off or look up by its value.');
  }
  if (id !== null && graph.isPart(id)) {
    const hint =
      'It is a part of another object: a recipient, a source, what a name resolves to. To claim it, send an indicator.';
    return noted('REFERENCE', hint);
  }
  const observation = id === null ? null : graph.observed(id);
  const holder = observation ?? (id === null ? undefined : graph.reports[graph.placesOf(id)[0] ?? -1]);
  return claims(object, values, graph, {
    // The id of an observable is made of its value. What names the claim is who says it.
    name: [holder && nameOf(textOf(holder, 'id')), nameOf(id)].filter((each) => each != null).join('/') || null,
    report: place(id),
    revoked: observation !== null && fieldOf(observation, 'revoked') === true,
    words: [...textsOf(object, 'labels'), ...relatedWords(id, graph)],
    times: observation ? timesOf(observation) : [null, null],
  });
}

type Times = readonly [first: string | null, last: string | null];
interface Around extends Pick<Claims, 'name' | 'report' | 'revoked' | 'words'> {
  readonly times: Times;
}

function claims(object: JsonObject, values: readonly SharedValue[], graph: Graph, around: Around): Claims | Passed {
  const { times, ...rest } = around;
  const [first, last] = [instant(times[0]), instant(times[1])];
  if (first === undefined || last === undefined) {
    return refused('BAD_DATES', 'A time is an RFC 3339 timestamp, e.g. 2017-04-18T09:30:00Z, and not before 1970.');
  }
  const confidence = fieldOf(object, 'confidence') ?? null;
  if (confidence !== null && typeof confidence !== 'number') {
    return refused('BAD_CONFIDENCE', 'Confidence is a number from 0 to 100.');
  }
  return {
    ...{
      status: 'CLAIMS',
      ...rest,
      values,
      tags: textsOf(object, 'labels'),
      unflagged: false,
      firstSeen: first,
      lastSeen: last,
    },
    confidence: confidence === null ? null : Math.round(confidence),
    comment: [textOf(object, 'name'), textOf(object, 'description')].filter((each) => each !== null).join(': ') || null,
    labels: graph.labelsOf(textOf(object, 'id'), object),
  };
}

/** Of each object that is related, and of these: a thousand words on each of a thousand would be a million. */
const MOST_WORDS = 20;

/** In ISO 8601 and UTC; undefined where it cannot be read. */
const instant = (text: string | null): string | null | undefined => (text === null ? null : instantOf(text)?.at);

const timesOf = (observation: JsonObject): Times => [
  textOf(observation, 'first_observed'),
  textOf(observation, 'last_observed'),
];

function relatedWords(id: string | null, graph: Graph): string[] {
  const related = id === null ? [] : graph.relatedTo(id).slice(0, MOST_WORDS);
  return related.flatMap((each) => [
    ...textsOf(each, 'infrastructure_types').slice(0, MOST_WORDS),
    ...(textOf(each, 'type') === 'attack-pattern' ? [textOf(each, 'name') ?? ''] : []),
  ]);
}

/** An id that names one object in the world: a type and a UUID (STIX 2.1, section 2.9). */
export function nameOf(id: string | null): string | null {
  const split = id?.lastIndexOf('--') ?? -1;
  if (id === null || split < 1 || split > 100 || uuidOf(id.slice(split + 2)) === null) return null;
  return id.toLowerCase();
}
