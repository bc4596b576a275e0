import { objectsOf, textOf, type JsonObject } from '../json-document.ts';

/** Tags of one object that are looked at. */
const MOST_TAGS = 100;

const ACTOR_GALAXIES = [
  'threat-actor',
  'mitre-intrusion-set',
  'microsoft-activity-group',
  'mitre-enterprise-attack-intrusion-set',
];

/** MISP taxonomy misp, predicate confidence-level; in the scale of STIX 2.1, appendix A. */
const CONFIDENCE: Readonly<Record<string, number>> = {
  'completely-confident': 100,
  'usually-confident': 75,
  'fairly-confident': 50,
  'rarely-confident': 25,
  unconfident: 0,
};

/** The names of an object's tags, as MISP writes them: `tlp:green`, `namespace:predicate="value"`, or any word. */
export function tagsOf(object: JsonObject): string[] {
  return objectsOf(object, 'Tag')
    .slice(0, MOST_TAGS)
    .flatMap((tag) => textOf(tag, 'name') ?? []);
}

/** The words in tags that may say a category: the value, and then the predicate that it was given for. */
export function wordsOf(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => {
    const { predicate, value } = machineTag(tag);
    return value === null ? [predicate] : [value, predicate];
  });
}

export function confidenceOf(tags: readonly string[]): number | null {
  for (const tag of tags) {
    const { predicate, value } = machineTag(tag);
    if (predicate === 'confidence-level' && value !== null && Object.hasOwn(CONFIDENCE, value)) {
      return CONFIDENCE[value] ?? null;
    }
  }
  return null;
}

/** Names of threat actors in tags and in the galaxies that MISP sends beside them. */
export function actorsOf(object: JsonObject, tags: readonly string[]): string[] {
  const tagged = tags.flatMap((tag) => {
    const { predicate, value } = machineTag(tag);
    return value !== null && ACTOR_GALAXIES.includes(predicate) ? [value] : [];
  });
  const clustered = objectsOf(object, 'Galaxy')
    .slice(0, MOST_TAGS)
    .filter((galaxy) => ACTOR_GALAXIES.includes(textOf(galaxy, 'type') ?? ''))
    .flatMap((galaxy) => objectsOf(galaxy, 'GalaxyCluster').slice(0, MOST_TAGS))
    .flatMap((cluster) => textOf(cluster, 'value') ?? []);
  // ATT&CK writes its own number behind the name: APT28 - G0007.
  const names = [...tagged, ...clustered].map((name) => name.replace(/ - [A-Z]{1,2}\d{4}$/, ''));
  return [...new Set(names)];
}

function machineTag(tag: string): { predicate: string; value: string | null } {
  const colon = tag.indexOf(':');
  const rest = tag.slice(colon + 1);
  const equals = rest.indexOf('=');
  if (equals === -1) return { predicate: rest.trim(), value: null };
  return {
    predicate: rest.slice(0, equals).trim(),
    value: rest
      .slice(equals + 1)
      .replaceAll('"', '')
      .trim(),
  };
}
