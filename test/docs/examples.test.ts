import { existsSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';
import { buildSchema, getOperationAST, getVariableValues, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

import { makeProgram } from '../../src/cli/main.ts';
import { ROOT, documents, fences, read } from './documents.ts';

const schema = buildSchema(read('schema/schema.graphql'));
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Operation {
  readonly file: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Whatever a reader could paste: GraphQL by itself, in a program, or in the body of a request. */
const operations: Operation[] = fences.flatMap(({ file, language, text }): Operation[] => {
  if (language === 'graphql') return [{ file, query: text, variables: {} }];
  if (language === 'js' || language === 'ts') {
    return [...text.matchAll(/query: (['`])(.*?)\1/gs)].map(([, , query = '']) => ({ file, query, variables: {} }));
  }
  return [...text.matchAll(/<<'JSON'\n(.*?)^JSON$/gms)].map(([, body = '']) => ({
    file,
    ...(JSON.parse(body) as { query: string; variables: Record<string, unknown> }),
  }));
});

describe('what a reader of the documents can paste', () => {
  test('is at least a mutation with its input and a subscription in the README', () => {
    const started = operations.filter(({ file }) => file === 'README.md').map(({ query }) => query.split(/[ (]/)[0]);
    expect(started).toEqual(expect.arrayContaining(['mutation', 'subscription', 'query']));
  });

  test.each(operations)('is GraphQL that the hub takes: $file $query', ({ query, variables }) => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const { errors } = getVariableValues(schema, getOperationAST(document)?.variableDefinitions ?? [], variables);
    expect(errors ?? []).toEqual([]);
  });

  const lines = fences
    .filter(({ language }) => language === 'sh')
    .flatMap(({ file, text }) => text.split('\n').map((line) => ({ file, line })));
  const inline = documents.flatMap((file) =>
    [...read(file).matchAll(/`((?:npm|npx) [^`\n]+)`/g)].map(([, line = '']) => ({ file, line })),
  );
  const commands = [...lines, ...inline].filter(({ line }) => /\bnp[mx] /.test(line));

  test.each(commands)('is a command that is there: $line', ({ line }) => {
    for (const [, script = ''] of line.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)) {
      if (!['ci', 'run'].includes(script)) expect(Object.keys(scripts)).toContain(script);
    }
    const [, words] = /\b(?:npx tocsin|npm run tocsin --) (.+)$/.exec(line) ?? [];
    if (words && !words.startsWith('WORD')) expect(unknownWords(words)).toEqual([]);
  });
});

/** What the command line would not know of a line: subcommands and long options. */
function unknownWords(line: string): string[] {
  const words = line.match(/"[^"]*"|\S+/g) ?? [];
  let command: Command = makeProgram(false);
  const unknown: string[] = [];
  for (const word of words) {
    const next = command.commands.find((child) => child.name() === word);
    if (next) command = next;
    else if (word.startsWith('--') && word !== '--help') {
      if (!command.options.some(({ long }) => long === word)) unknown.push(word);
    } else if (command.commands.length > 0 && !word.startsWith('-')) unknown.push(word);
  }
  return unknown;
}

describe('links between documents', () => {
  const links = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => ({ file, target })),
  );
  test.each(links)('$file leads to $target', ({ file, target }) => {
    expect(existsSync(path.join(ROOT, path.dirname(file), target))).toBe(true);
  });
});
