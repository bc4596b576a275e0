import { endpoint, type SharedValue } from '../shared-document.ts';
import { propertyOf } from './object-path.ts';
import type { Token } from './pattern-tokens.ts';

interface Value extends SharedValue {
  readonly hash: boolean;
  readonly takesPort: boolean;
}

/** What a part of a pattern claims: values that stand alone, a port for one of them, or the reason why nothing. */
export interface Meaning {
  readonly values: readonly Value[];
  readonly port: string | null;
  readonly reason: string | null;
}

const TOGETHER =
  'it says of several observables only that they are bad together (AND, FOLLOWEDBY). Send an indicator for each';

/** What one comparison claims. */
export function meaningOf(
  type: string,
  path: readonly string[],
  operator: string,
  literals: readonly Token[],
): Meaning {
  const property = propertyOf(type, path);
  const name = brief(`${type}:${path.join('.')}`);
  if (property.kind === 'NOTHING') return nothing(`${name} is nothing that somebody can switch off or look up`);
  const exact = operator === '=' || operator === '==' || operator === 'IN';
  const range = operator === 'ISSUBSET' && property.kind === 'VALUE' && property.type === 'ip';
  if (!exact && !range) return nothing(`${name} is compared by ${brief(operator)}, which names no single value`);
  if (property.kind === 'PORT') return { values: [], port: literals[0]?.text ?? null, reason: `${name} stands alone` };
  const hash = property.kind === 'HASH';
  const takesPort = property.kind === 'VALUE' && property.takesPort;
  if (literals.some(({ kind }) => kind !== 'STRING')) return nothing(`${name} is compared with what is no text`);
  return {
    values: literals.map(({ text }) => ({ text, type: property.type, hash, takesPort })),
    port: null,
    reason: null,
  };
}

export const nothing = (reason: string): Meaning => ({ values: [], port: null, reason });
export const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}...` : text).toWellFormed();

/** Each of them stands alone. */
export function either(all: readonly Meaning[]): Meaning {
  return { values: all.flatMap(({ values }) => values), port: null, reason: reasonOf(all) };
}

/** They hold together: one of them may be what is claimed, and the others make the claim narrower. */
export function both(all: readonly Meaning[]): Meaning {
  const standing = all.filter(({ values }) => values.some(({ hash }) => !hash));
  if (standing.length > 1) return nothing(TOGETHER);
  const port = all.find((each) => each.port !== null)?.port ?? null;
  const values = all
    .flatMap((each) => each.values)
    .map((value): Value => {
      if (!value.takesPort || port === null) return value;
      return { ...value, ...endpoint(value.text, port), takesPort: false };
    });
  return { values, port, reason: reasonOf(all) };
}

const reasonOf = (all: readonly Meaning[]): string | null => all.find(({ reason }) => reason !== null)?.reason ?? null;
