import {
  fieldOf,
  isObject,
  listOf,
  objectsOf,
  textOf,
  uuidOf,
  type JsonObject,
  type Unreadable,
} from '../json-document.ts';
import { labelsOfTags, strictest } from '../labels.ts';
import {
  MOST_OBJECTS,
  noted,
  refused,
  type Claims,
  type Passed,
  type SharedDocument,
  type SharedObject,
  type SharedReport,
} from '../shared-document.ts';
import { PROPOSAL, isTrue, readAttribute, seenAt, type Around } from './attribute.ts';
import { actorsOf, confidenceOf, tagsOf, wordsOf } from './tags.ts';

/** `{Event}`, `{response: [{Event}]}`, an event by itself, or a list of any of these; each event is a report. */
export function readMisp(value: JsonObject | readonly unknown[]): SharedDocument | Unreadable {
  const events = eventsOf(value);
  if (events === null) return { problem: 'UNKNOWN_FORMAT', hint: 'A MISP event has attributes or objects.' };
  const reader = new EventReader();
  const objects = events.flatMap((event, index) => reader.read(event, index));
  if (objects.length > MOST_OBJECTS) return { problem: 'TOO_MANY', hint: `At most ${MOST_OBJECTS} objects at once.` };
  return { format: 'MISP', reports: events.map(reportOf), objects };
}

/** Null if it is no event, and a list of which one is none. */
function eventsOf(value: unknown, depth = 0): JsonObject[] | null {
  // A response holds a list, a list holds events: deeper it is no wrapper of MISP.
  if (depth > 2) return null;
  if (Array.isArray(value)) {
    const found = value.map((each) => eventsOf(each, depth + 1));
    return found.length === 0 || found.includes(null) ? null : found.flatMap((each) => each ?? []);
  }
  if (!isObject(value)) return null;
  const event = fieldOf(value, 'Event');
  if (isObject(event)) return [event];
  const response = fieldOf(value, 'response');
  if (response !== undefined) return eventsOf(response, depth + 1);
  const bare = ['Attribute', 'Object', 'ShadowAttribute'].some((key) => Array.isArray(fieldOf(value, key)));
  return bare || (textOf(value, 'info') !== null && textOf(value, 'uuid') !== null) ? [value] : null;
}

function reportOf(event: JsonObject): SharedReport {
  const tags = tagsOf(event);
  const labels = labelsOfTags(tags);
  const reports = objectsOf(event, 'EventReport').flatMap((each) => textOf(each, 'content') ?? []);
  return {
    ...{ sourceId: uuidOf(textOf(event, 'uuid')), title: textOf(event, 'info'), tags, labels },
    narrative: reports.length === 0 ? null : reports.join('\n\n'),
    actors: actorsOf(event, tags).map((name) => ({ name, labels })),
  };
}

/** Answers for everything in events: the event, its attributes with their proposals, its objects, its reports. */
class EventReader {
  private readonly seen = new Set<string>();

  read(event: JsonObject, report: number): SharedObject[] {
    const tags = tagsOf(event);
    const around: Around = {
      ...{ report, labels: labelsOfTags(tags), words: wordsOf(tags), confidence: confidenceOf(tags) },
      ...{ firstSeen: null, lastSeen: null, port: null, tags: [], revoked: false },
    };
    return [
      answer(event, 'event', noted('CONTEXT', 'Its info, tags and galaxies are those of the report.')),
      ...this.attributes(event, around),
      ...listOf(event, 'Object').flatMap((object) => this.object(object, around)),
      ...listOf(event, 'ShadowAttribute').map((each) => answer(each, 'proposal', PROPOSAL)),
      ...listOf(event, 'EventReport').map((each) =>
        answer(each, 'event report', noted('CONTEXT', 'Its content is the narrative of the report.')),
      ),
    ];
  }

  private attributes(holder: JsonObject, around: Around): SharedObject[] {
    return listOf(holder, 'Attribute').flatMap((attribute) => {
      if (!isObject(attribute)) return [answer(attribute, 'attribute', MALFORMED)];
      const type = `attribute ${textOf(attribute, 'type') ?? ''}`.trim();
      return [
        answer(attribute, type, readAttribute(attribute, around, this.seen)),
        ...listOf(attribute, 'ShadowAttribute').map((each) => answer(each, 'proposal', PROPOSAL)),
      ];
    });
  }

  private object(object: unknown, around: Around): SharedObject[] {
    if (!isObject(object)) return [answer(object, 'object', MALFORMED)];
    const tags = tagsOf(object);
    const type = `object ${textOf(object, 'name') ?? ''}`.trim();
    return [
      answer(object, type, noted('CONTEXT', 'Its attributes are answered by themselves.')),
      ...this.attributes(object, {
        ...around,
        labels: strictest([around.labels, labelsOfTags(tags)]),
        words: [...wordsOf(tags), ...around.words],
        tags,
        firstSeen: seenAt(object, 'first_seen', null) ?? null,
        lastSeen: seenAt(object, 'last_seen', null) ?? null,
        ...{ port: portOf(object), revoked: isTrue(fieldOf(object, 'deleted')) },
      }),
    ];
  }
}

const MALFORMED = refused('MALFORMED', 'It is no object.');

function answer(object: unknown, type: string, reading: Claims | Passed): SharedObject {
  return { id: isObject(object) ? textOf(object, 'uuid') : null, type, reading };
}

/** The destination port that an ip-port object has beside its address, if it has just one. */
function portOf(object: JsonObject): string | null {
  if (textOf(object, 'name') !== 'ip-port') return null;
  const ports = objectsOf(object, 'Attribute').filter((each) => textOf(each, 'object_relation') === 'dst-port');
  return ports.length === 1 && ports[0] ? textOf(ports[0], 'value') : null;
}
