import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';

import { readIndicatorRows } from '../../formats/csv.ts';
import { hostOf } from '../../intake/indicator.ts';
import type { ResourceKind } from '../../observable/observable.ts';
import { readObservable } from '../../observable/read-observable.ts';

/** Something a report of the story wants switched off. */
export interface StoryResource {
  readonly kind: ResourceKind;
  readonly value: string;
  /** The name by whose holders it can be switched off; null where no name says who that is. */
  readonly host: string | null;
}

export const keyOf = ({ kind, value }: { kind: string; value: string }): string => `${kind} ${value}`;

/** The names typed in from the public story, beside invented ones. */
export function storyFile(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return path.join(folder, 'examples', 'story.csv');
}

/** The resources of a file, each once, in its order: what the fixture knows before anything is submitted. */
export async function resourcesOf(file: string): Promise<StoryResource[]> {
  const resources = new Map<string, StoryResource>();
  for await (const row of readIndicatorRows(createReadStream(file))) {
    if ('error' in row) continue;
    const reading = readObservable(row.value, row.type, { documentation: true });
    if (reading.ok && reading.resource) {
      const { resource } = reading;
      resources.set(keyOf(resource), { ...resource, host: hostOf(resource) });
    }
  }
  return [...resources.values()];
}
