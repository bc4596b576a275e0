import type { SharedValue } from '../shared-document.ts';
import { both, brief, either, meaningOf, nothing, type Meaning } from './pattern-meaning.ts';
import { tokensOf, type Token } from './pattern-tokens.ts';

/** Each of the values is claimed by itself; or why the pattern claims nothing of the kind. */
export type PatternReading = { readonly values: readonly SharedValue[] } | { readonly reason: string };

const MAX_PATTERN = 65_536;
const MAX_DEPTH = 50;

/**
 * The observables of a STIX pattern. `OR` and `IN` name several, each by itself. What `AND` adds to one observable makes
 * the claim narrower and is left out; two joined by it are no claim of either.
 */
export function readPattern(pattern: string): PatternReading {
  if (pattern.length > MAX_PATTERN) return { reason: `it is longer than ${MAX_PATTERN} characters` };
  const tokens = tokensOf(pattern);
  if ('reason' in tokens) return tokens;
  try {
    const { values, reason } = new PatternReader(tokens).whole();
    if (values.length === 0) return { reason: reason ?? 'it names no observable' };
    return { values: values.map(({ text, type }) => ({ text, type })) };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { reason: error.message };
  }
}

class PatternError extends Error {}

/** A reader by descent: STIX 2.1, section 9.2 to 9.6. */
class PatternReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Meaning {
    const meaning = this.joined(() => this.observation());
    if (this.at < this.tokens.length) throw this.unexpected();
    return meaning;
  }

  /** Operands and what joins them. AND binds closer than OR, OR closer than FOLLOWEDBY; the last joins like an AND. */
  private joined(operand: () => Meaning): Meaning {
    const level = (word: string, join: (all: readonly Meaning[]) => Meaning, inner: () => Meaning) => () => {
      const first = inner();
      if (!this.takes(word)) return first;
      const all = [first, inner()];
      while (this.takes(word)) all.push(inner());
      return join(all);
    };
    if ((this.depth += 1) > MAX_DEPTH) throw new PatternError(`it is nested deeper than ${MAX_DEPTH} levels`);
    const meaning = level('FOLLOWEDBY', both, level('OR', either, level('AND', both, operand)))();
    this.depth -= 1;
    return meaning;
  }

  private observation(): Meaning {
    let meaning: Meaning;
    if (this.takes('(')) {
      meaning = this.joined(() => this.observation());
      this.expect(')');
    } else {
      this.expect('[');
      meaning = this.joined(() => this.comparison());
      this.expect(']');
    }
    this.qualifiers();
    return meaning;
  }

  /** When and how often it must be seen changes nothing of what it is. */
  private qualifiers(): void {
    for (;;) {
      if (this.takes('START') || this.takes('STOP')) this.next();
      else if (this.takes('WITHIN')) this.counted('SECONDS');
      else if (this.takes('REPEATS')) this.counted('TIMES');
      else return;
    }
  }

  private counted(unit: string): void {
    this.next();
    this.expect(unit);
  }

  private comparison(): Meaning {
    if (this.takes('(')) {
      const meaning = this.joined(() => this.comparison());
      this.expect(')');
      return meaning;
    }
    if (this.takes('EXISTS')) {
      this.path();
      return nothing('EXISTS names no value');
    }
    const [type, path] = this.path();
    const negated = this.takes('NOT');
    const operator = this.next().text.toUpperCase();
    const literals = operator === 'IN' ? this.list() : [this.next()];
    return negated ? nothing('NOT names no value') : meaningOf(type, path, operator, literals);
  }

  private path(): [type: string, path: string[]] {
    const type = this.next('WORD').text;
    this.expect(':');
    const path = [this.step()];
    for (;;) {
      if (this.takes('.')) path.push(this.step());
      else if (this.takes('[')) {
        // Which of several is no part of what the property is.
        this.next();
        this.expect(']');
        path.push('[]');
      } else return [type, path];
    }
  }

  private step(): string {
    const { kind, text } = this.next();
    if (kind !== 'WORD' && kind !== 'STRING') throw this.unexpected();
    return text;
  }

  private list(): Token[] {
    this.expect('(');
    const literals: Token[] = [];
    do literals.push(this.next());
    while (this.takes(','));
    this.expect(')');
    return literals;
  }

  private takes(text: string): boolean {
    const token = this.tokens[this.at];
    if (!token || (token.kind !== 'WORD' && token.kind !== 'SIGN') || token.text.toUpperCase() !== text) return false;
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw this.unexpected();
  }

  private next(kind?: Token['kind']): Token {
    const token = this.tokens[this.at];
    if (!token || (kind && token.kind !== kind)) throw this.unexpected();
    this.at += 1;
    return token;
  }

  private unexpected(): PatternError {
    const token = this.tokens[this.at];
    return new PatternError(token ? `${brief(token.text)} stands where it cannot be read` : 'it ends too early');
  }
}
