import { listOf, textOf, textsOf, type JsonObject } from '../json-document.ts';
import { strictest, type Labels } from '../labels.ts';
import { Markings } from './markings.ts';
import { isObservable, partsOf } from './observed.ts';

const REPORT_TYPES = new Set(['report', 'grouping']);

/** How the objects of a bundle hang together. References may lead nowhere, or in circles: none is followed twice. */
export class Graph {
  /** Reports and groupings, in the order of the bundle. */
  readonly reports: readonly JsonObject[];
  /** What each of them says of itself. Kept, because a report may list everything and bear a thousand markings. */
  readonly reportLabels: readonly Labels[];
  private readonly markings: Markings;
  private readonly byId = new Map<string, JsonObject>();
  private readonly reportsOf = new Map<string, number[]>();
  private readonly observationOf = new Map<string, JsonObject>();
  private readonly parts = new Set<string>();
  private readonly related = new Map<string, JsonObject[]>();

  constructor(objects: readonly JsonObject[]) {
    for (const object of objects) this.keepLatest(object);
    // What has no id can be referred to by nothing, and still refers to others.
    const latest = objects.filter((object) => {
      const id = textOf(object, 'id');
      return id === null || this.isLatest(id, object);
    });
    this.markings = new Markings(latest);
    this.reports = latest.filter((object) => REPORT_TYPES.has(textOf(object, 'type') ?? ''));
    this.reportLabels = this.reports.map((report) => this.markings.of(report));
    this.reports.forEach((report, index) => {
      for (const ref of new Set(textsOf(report, 'object_refs'))) push(this.reportsOf, ref, index);
    });
    for (const object of latest) this.follow(object);
  }

  /** Whether this is the version that counts: of equal ids the one modified last, of these the first. */
  isLatest(id: string, object: JsonObject): boolean {
    return this.byId.get(id) === object;
  }

  /** Places of the reports that list it. */
  placesOf(id: string): readonly number[] {
    return this.reportsOf.get(id) ?? [];
  }

  /** The strictest of what it says itself and what the reports say that it stands in. */
  labelsOf(id: string | null, object: JsonObject): Labels {
    const reports = id === null ? [] : this.placesOf(id).flatMap((place) => this.reportLabels[place] ?? []);
    return strictest([this.markings.of(object), ...reports]);
  }

  /** The observation that lists it. */
  observed(id: string): JsonObject | null {
    return this.observationOf.get(id) ?? null;
  }

  /** Whether another object has it as a part: a recipient, a resolved address, a file in an archive. */
  isPart(id: string): boolean {
    return this.parts.has(id);
  }

  /** What an indicator indicates, or an observable is part of by a relationship. */
  relatedTo(id: string): readonly JsonObject[] {
    return this.related.get(id) ?? [];
  }

  private keepLatest(object: JsonObject): void {
    const id = textOf(object, 'id');
    if (id === null) return;
    const known = this.byId.get(id);
    if (!known || (textOf(object, 'modified') ?? '') > (textOf(known, 'modified') ?? '')) this.byId.set(id, object);
  }

  private follow(object: JsonObject): void {
    const type = textOf(object, 'type') ?? '';
    if (type === 'observed-data') {
      for (const ref of textsOf(object, 'object_refs'))
        if (!this.observationOf.has(ref)) this.observationOf.set(ref, object);
    }
    if (isObservable(type)) for (const ref of partsOf(object)) this.parts.add(ref);
    if (type !== 'relationship') return;
    const [source, target] = [textOf(object, 'source_ref') ?? '', textOf(object, 'target_ref') ?? ''];
    const kind = textOf(object, 'relationship_type');
    if (kind === 'indicates') pushKnown(this.related, source, this.byId.get(target));
    if (kind === 'consists-of') pushKnown(this.related, target, this.byId.get(source));
  }
}

/** The objects of a bundle, of a list, of an envelope, or the one object that this is; null: it is nothing of STIX. */
export function stixObjects(value: JsonObject | readonly unknown[]): unknown[] | null {
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown) => bundled(each) ?? [each]);
  }
  const object = value as JsonObject;
  return bundled(object) ?? (textOf(object, 'type') === null ? null : [object]);
}

function bundled(value: unknown): unknown[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const object = value as JsonObject;
  const type = textOf(object, 'type');
  // An envelope of TAXII 2.1 has objects and no type.
  return type === 'bundle' || (type === null && Array.isArray(object.objects)) ? [...listOf(object, 'objects')] : null;
}

function push<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

function pushKnown(map: Map<string, JsonObject[]>, key: string, object: JsonObject | undefined): void {
  if (object) push(map, key, object);
}
