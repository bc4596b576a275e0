import { isObject, textOf, textsOf, type JsonObject, type Unreadable } from '../json-document.ts';
import { NO_LABELS, type Labels } from '../labels.ts';
import {
  MOST_OBJECTS,
  refused,
  type SharedDocument,
  type SharedObject,
  type SharedReport,
} from '../shared-document.ts';
import { Graph, stixObjects } from './graph.ts';
import { nameOf, readObject } from './reading.ts';

const ACTORS = new Set(['threat-actor', 'intrusion-set']);

/**
 * A STIX 2.1 or 2.0 bundle, a list of objects (or of bundles), an envelope of TAXII, or a single object. What a report
 * or grouping lists belongs to the first that does; the rest stands in a report of the bundle's own, the last.
 */
export function readStix(value: JsonObject | readonly unknown[]): SharedDocument | Unreadable {
  const all = stixObjects(value);
  if (all === null) return { problem: 'UNKNOWN_FORMAT', hint: 'A STIX object has a type, a bundle has objects.' };
  if (all.length > MOST_OBJECTS) return { problem: 'TOO_MANY', hint: `At most ${MOST_OBJECTS} objects at once.` };
  const objects = all.filter(isObject);
  const graph = new Graph(objects);
  const loose = graph.reports.length;
  const place = (id: string | null): number => (id === null ? undefined : graph.placesOf(id)[0]) ?? loose;
  const actors = actorsOf(objects, graph, place);
  return {
    format: 'STIX',
    reports: [
      ...graph.reports.map((report, index) => reportOf(report, graph.reportLabels[index], actors.get(index))),
      bundleReport(value, actors.get(loose)),
    ],
    objects: all.map((each) => answered(each, graph, place)),
  };
}

function answered(object: unknown, graph: Graph, place: (id: string | null) => number): SharedObject {
  if (!isObject(object)) return { id: null, type: '', reading: refused('MALFORMED', 'It is no object.') };
  const [id, type] = [textOf(object, 'id'), textOf(object, 'type') ?? ''];
  return { id, type, reading: readObject(object, graph, place) };
}

function reportOf(report: JsonObject, labels: Labels = NO_LABELS, actors: SharedReport['actors'] = []): SharedReport {
  return {
    sourceId: nameOf(textOf(report, 'id')),
    title: textOf(report, 'name'),
    narrative: textOf(report, 'description'),
    tags: textsOf(report, 'labels'),
    labels,
    actors,
  };
}

function bundleReport(value: JsonObject | readonly unknown[], actors: SharedReport['actors'] = []): SharedReport {
  const id = isObject(value) ? nameOf(textOf(value, 'id')) : null;
  return { sourceId: id, title: null, narrative: null, tags: [], labels: NO_LABELS, actors };
}

/** The threat actors of each report. */
function actorsOf(objects: readonly JsonObject[], graph: Graph, place: (id: string | null) => number) {
  const actors = new Map<number, { name: string; labels: Labels }[]>();
  for (const object of objects) {
    const [id, name] = [textOf(object, 'id'), textOf(object, 'name')];
    if (name === null || !ACTORS.has(textOf(object, 'type') ?? '')) continue;
    const report = place(id);
    actors.set(report, actors.get(report) ?? []);
    actors.get(report)?.push({ name, labels: graph.labelsOf(id, object) });
  }
  return actors;
}
