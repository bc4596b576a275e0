const TLP_WORDS = {
  clear: 'CLEAR',
  white: 'CLEAR',
  green: 'GREEN',
  amber: 'AMBER',
  'amber+strict': 'AMBER_STRICT',
  'amber-strict': 'AMBER_STRICT',
  red: 'RED',
} as const;
const PAP_WORDS = { clear: 'CLEAR', white: 'CLEAR', green: 'GREEN', amber: 'AMBER', red: 'RED' } as const;

/** UNKNOWN: there is a label, and nobody here can read it. It is not nothing: it may forbid. */
export type TlpLabel = (typeof TLP_WORDS)[keyof typeof TLP_WORDS] | 'UNKNOWN';
export type PapLabel = (typeof PAP_WORDS)[keyof typeof PAP_WORDS] | 'UNKNOWN';

/** What a source says of passing on (TLP) and of acting (PAP); null where it says nothing. */
export interface Labels {
  readonly tlp: TlpLabel | null;
  readonly pap: PapLabel | null;
}

export const NO_LABELS: Labels = { tlp: null, pap: null };
export const UNKNOWN_TLP: Labels = { tlp: 'UNKNOWN', pap: null };

// An unknown label is wider than AMBER for no one, so that beside AMBER or stricter it says nothing more.
const STRICTNESS = ['CLEAR', 'GREEN', 'UNKNOWN', 'AMBER', 'AMBER_STRICT', 'RED'] as const;

/** The stricter of the labels given, each kind by itself. */
export function strictest(all: readonly Labels[]): Labels {
  return all.reduce(
    (one, other) => ({ tlp: stricter(one.tlp, other.tlp), pap: stricter(one.pap, other.pap) }),
    NO_LABELS,
  );
}

function stricter<Label extends TlpLabel>(one: Label | null, other: Label | null): Label | null {
  if (one === null || other === null) return one ?? other;
  return STRICTNESS.indexOf(one) >= STRICTNESS.indexOf(other) ? one : other;
}

/** The TLP that a word means, in version 1 or 2 and in any case: `white`, `TLP:AMBER+STRICT`. */
export function tlpOf(word: string): TlpLabel {
  const key = bare(word, 'tlp:');
  return Object.hasOwn(TLP_WORDS, key) ? TLP_WORDS[key as keyof typeof TLP_WORDS] : 'UNKNOWN';
}

export function papOf(word: string): PapLabel {
  const key = bare(word, 'pap:');
  return Object.hasOwn(PAP_WORDS, key) ? PAP_WORDS[key as keyof typeof PAP_WORDS] : 'UNKNOWN';
}

/** The labels among tags: `tlp:green`, `PAP:RED`; other tags say nothing. */
export function labelsOfTags(tags: readonly string[]): Labels {
  const labels = tags.map((tag) => {
    const start = tag.trimStart().slice(0, 4).toLowerCase();
    return { tlp: start === 'tlp:' ? tlpOf(tag) : null, pap: start === 'pap:' ? papOf(tag) : null };
  });
  return strictest(labels);
}

function bare(word: string, prefix: string): string {
  const key = word.trim().toLowerCase();
  const rest = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  return rest.trim().replaceAll('"', '').replaceAll('_', '-');
}
