import type { Labels } from '../formats/labels.ts';
import type { SharedReport } from '../formats/shared-document.ts';

const MOST_TITLE = 300;
const MOST_NARRATIVE = 65_536;
const MOST_ACTORS = 100;
const MOST_NAME = 256;

export interface TextChoices {
  readonly format: string;
  /** The importer's own; null: the document's. */
  readonly title: string | null;
  /** Whether what bears these labels may stand in the report. */
  readonly mayHold: (labels: Labels) => boolean;
}

export interface ImportedText {
  readonly title: string;
  readonly narrative: string | null;
  readonly threatActors: string[];
}

/**
 * What a report of the hub takes over from the document, within the hub's limits. An item may be labelled wider than the
 * report around it: then the report's own words stay behind.
 */
export function describeReport(shared: SharedReport, tags: readonly string[], choices: TextChoices): ImportedText {
  const open = choices.mayHold(shared.labels);
  const own = open ? shared.title : null;
  const all = [...new Set([...(open ? shared.tags : []), ...tags])]
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const parts = [open ? (shared.narrative ?? '') : '', all.length === 0 ? '' : `Tags: ${all.join(', ')}`];
  const actors = shared.actors.filter(({ labels }) => choices.mayHold(labels)).map(({ name }) => cut(name, MOST_NAME));
  return {
    title: choices.title ?? (cut(own ?? '', MOST_TITLE) || `Imported from ${choices.format}`),
    narrative: cut(parts.filter((part) => part !== '').join('\n\n'), MOST_NARRATIVE) || null,
    threatActors: [...new Set(actors)].filter((name) => name !== '').slice(0, MOST_ACTORS),
  };
}

function cut(text: string, most: number): string {
  return text.replaceAll('\0', '').trim().slice(0, most).toWellFormed();
}
