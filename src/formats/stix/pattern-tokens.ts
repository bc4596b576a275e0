/** A piece of a STIX pattern. A LITERAL is one with a type before its quote: a time, or bytes. */
export interface Token {
  readonly kind: 'STRING' | 'LITERAL' | 'NUMBER' | 'WORD' | 'SIGN';
  /** Of a string, what it means, without quotes and escapes. */
  readonly text: string;
}

const SIGNS = ['!=', '<>', '<=', '>=', '==', '=', '<', '>', '(', ')', '[', ']', ',', ':', '.', '*'];
const SPACE = /\s/;
const WORD_START = /[A-Za-z_]/;
const WORD = /[\w-]/;
const DIGIT = /[0-9]/;
const NUMBER = /[0-9.eE+-]/;

/**
 * The tokens of a pattern (STIX 2.1, section 9), or why it has none. Reads each character once: there is no expression
 * in it that could look twice.
 */
export function tokensOf(pattern: string): Token[] | { readonly reason: string } {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const sign = pattern.charAt(at);
    if (SPACE.test(sign)) {
      at += 1;
      continue;
    }
    const read = readToken(pattern, at);
    if (!read) return { reason: `it cannot be read from character ${at + 1} on` };
    tokens.push(read.token);
    at = read.end;
  }
  return tokens;
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

function readToken(pattern: string, at: number): Read | null {
  const sign = pattern.charAt(at);
  if (sign === "'") return readString(pattern, at, 'STRING');
  if (pattern.charAt(at + 1) === "'" && 'tbh'.includes(sign)) return readString(pattern, at + 1, 'LITERAL');
  if (DIGIT.test(sign) || (sign === '-' && DIGIT.test(pattern.charAt(at + 1)))) {
    return readWhile(pattern, at, NUMBER, 'NUMBER');
  }
  if (WORD_START.test(sign)) return readWhile(pattern, at, WORD, 'WORD');
  const found = SIGNS.find((each) => pattern.startsWith(each, at));
  return found === undefined ? null : { token: { kind: 'SIGN', text: found }, end: at + found.length };
}

function readWhile(pattern: string, at: number, class_: RegExp, kind: Token['kind']): Read {
  let end = at + 1;
  while (end < pattern.length && class_.test(pattern.charAt(end))) end += 1;
  return { token: { kind, text: pattern.slice(at, end) }, end };
}

/** From one quote to the next that no backslash stands before. */
function readString(pattern: string, quote: number, kind: Token['kind']): Read | null {
  let text = '';
  for (let at = quote + 1; at < pattern.length; at += 1) {
    const sign = pattern.charAt(at);
    if (sign === "'") return { token: { kind, text }, end: at + 1 };
    if (sign === '\\') at += 1;
    text += pattern.charAt(at);
  }
  return null;
}
