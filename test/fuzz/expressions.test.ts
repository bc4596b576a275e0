import { globSync, readFileSync } from 'node:fs';

import ts from 'typescript';
import { expect, test } from 'vitest';

/**
 * Expressions in which what may be repeated for ever is repeated for ever. Each was looked at: every round ends in a
 * sign that the inner repetition cannot hold, so that a text falls into rounds in one way.
 */
const LOOKED_AT = [
  String.raw`/^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_\`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_\`{|}~-]+)*$/u`.replaceAll(
    '\\`',
    '`',
  ),
  String.raw`/^(?:[a-z0-9_-]+\.)*(?:[a-z2-7]{56}|[a-z2-7]{16})\.onion$/`,
  String.raw`/^old (0|[1-9]\d{0,14})\n((?:\S+\n)*)\n([^]+)$/`,
  String.raw`/^(— [^\s+]+ [A-Za-z0-9+/]+=*\n)+$/`,
];

const SOURCES = globSync('src/**/*.ts');

test('no regular expression can take exponential time', () => {
  const all = SOURCES.flatMap(expressionsIn);
  expect(all.length).toBeGreaterThan(80);
  expect(all.filter(nestsRepetitions).filter((expression) => !LOOKED_AT.includes(expression))).toEqual([]);
});

test.each([
  ['/(a+)+$/', true],
  ['/(?:a|b*)*/', true],
  ['/([a-z]+ )*x{2,}/', true],
  ['/(a{2,})+/', true],
  ['/(a+){1,3}b*/', false],
  ['/[(a+)]+/', false],
  ['/(a?b){0,4}c+/', false],
])('%s nests repetitions: %s', (expression, nests) => expect(nestsRepetitions(expression)).toBe(nests));

function expressionsIn(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

/** Whether a group that holds an unbounded repetition is repeated without bound itself. */
function nestsRepetitions(expression: string): boolean {
  const source = expression
    .slice(1, expression.lastIndexOf('/'))
    .replaceAll(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)/g, 'x')
    .replaceAll(/\[[^\]]*\]/g, 'x');
  const open: boolean[] = [];
  let repeats = false;
  for (let at = 0; at < source.length; at += 1) {
    if (source[at] === '(') {
      open.push(repeats);
      repeats = false;
    } else if (source[at] === ')') {
      const unbounded = isUnbounded(source, at + 1);
      if (repeats && unbounded) return true;
      repeats = (open.pop() ?? false) || repeats || unbounded;
    } else if (isUnbounded(source, at)) repeats = true;
  }
  return false;
}

const isUnbounded = (source: string, at: number): boolean => /^(?:[*+]|\{\d+,\})/.test(source.slice(at));
