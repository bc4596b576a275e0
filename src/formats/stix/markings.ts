import { fieldOf, isObject, objectsOf, textOf, textsOf, type JsonObject } from '../json-document.ts';
import {
  NO_LABELS,
  UNKNOWN_TLP,
  labelsOfTags,
  papOf,
  strictest,
  tlpOf,
  type Labels,
  type TlpLabel,
} from '../labels.ts';

const TLP_2_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

/** Markings that mean the same everywhere: TLP 1 (STIX 2.1, section 7.2.1.4) and TLP 2 (OASIS common objects). */
const WELL_KNOWN: ReadonlyMap<string, TlpLabel> = new Map([
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'CLEAR'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'GREEN'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'AMBER'],
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'RED'],
  ['marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', 'CLEAR'],
  ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', 'GREEN'],
  ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', 'AMBER'],
  ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'AMBER_STRICT'],
  ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', 'RED'],
]);

/** The labels of a bundle's objects, through the markings that it brings along. */
export class Markings {
  private readonly labels = new Map<string, Labels>();

  constructor(objects: Iterable<JsonObject>) {
    for (const object of objects) {
      const id = textOf(object, 'id');
      if (id !== null && textOf(object, 'type') === 'marking-definition') this.labels.set(id, meaningOf(object));
    }
  }

  /** What an object says of itself, in markings or labels. A marking of a part of it counts for all of it. */
  of(object: JsonObject): Labels {
    const refs = [
      ...textsOf(object, 'object_marking_refs'),
      ...objectsOf(object, 'granular_markings').flatMap((each) => textOf(each, 'marking_ref') ?? []),
    ];
    return strictest([labelsOfTags(textsOf(object, 'labels')), ...refs.map((ref) => this.labelsOf(ref))]);
  }

  private labelsOf(ref: string): Labels {
    // A well-known id is believed, whatever a copy that travels along says.
    const tlp = WELL_KNOWN.get(ref.toLowerCase());
    // What the bundle does not bring along may forbid: nobody here can know.
    return tlp ? { tlp, pap: null } : (this.labels.get(ref) ?? UNKNOWN_TLP);
  }
}

function meaningOf(marking: JsonObject): Labels {
  const extensions = fieldOf(marking, 'extensions');
  const extension = isObject(extensions) ? fieldOf(extensions, TLP_2_EXTENSION) : undefined;
  if (isObject(extension)) return { tlp: tlpOf(textOf(extension, 'tlp_2_0') ?? ''), pap: null };
  const definition = fieldOf(marking, 'definition');
  if (!isObject(definition)) return UNKNOWN_TLP;
  switch (textOf(marking, 'definition_type')?.toLowerCase()) {
    case 'tlp':
      return { tlp: tlpOf(textOf(definition, 'tlp') ?? textOf(definition, 'TLP') ?? ''), pap: null };
    case 'pap':
      return { tlp: null, pap: papOf(textOf(definition, 'pap') ?? textOf(definition, 'PAP') ?? '') };
    case 'statement':
      return labelsOfTags([textOf(definition, 'statement') ?? '']);
    default:
      return NO_LABELS;
  }
}
