import fs from 'node:fs';

import { Command } from 'commander';

import { EXIT, Failure } from './failure.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Options extends TargetOptions {
  readonly variables?: string;
  readonly pick?: string;
  readonly json?: boolean;
}

export function askCommand(): Command {
  return withTarget(new Command('ask'))
    .description('ask a hub in GraphQL and print its answer as JSON')
    .argument('<document>', 'the query or mutation, or - to read it from standard input')
    .option('--variables <json>', 'an object')
    .option('--pick <path>', 'print only this of the answer, a line each: reports.edges.*.node.id')
    .option('--json', 'print JSON, which it does anyway')
    .addHelpText(
      'after',
      `
Exit code 1: the hub answered, and refused it (errors in a payload).

Examples:
  tocsin ask '{ viewer { organisation { name } } }' --as vendor
  tocsin ask '{ reports(first: 1) { edges { node { id } } } }' --as vendor --pick 'reports.edges.*.node.id'`,
    )
    .action(async (document: string, options: Options) => {
      const query = document === '-' ? fs.readFileSync(0, 'utf8') : document;
      const data = await clientFor(options).ask<object>(query, readVariables(options.variables));
      const lines = options.pick === undefined ? [JSON.stringify(data, null, 2)] : pick(data, options.pick);
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
      if (Object.values(data).some(isRefused)) process.exitCode = EXIT.INCOMPLETE;
    });
}

function readVariables(text = '{}'): object {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
  } catch {
    // Said below, as for any other JSON that is no object.
  }
  throw new Failure('USAGE', '--variables takes a JSON object.', EXIT.USAGE);
}

/** What lies at a path, `*` standing for each of a list; strings as they are, everything else as JSON. */
function pick(value: unknown, path: string): string[] {
  let found: unknown[] = [value];
  for (const step of path.split('.')) found = found.flatMap((each) => below(each, step));
  return found.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
}

function below(value: unknown, step: string): unknown[] {
  if (step === '*') return Array.isArray(value) ? value : [];
  if (typeof value !== 'object' || value === null || !(step in value)) return [];
  return [(value as Readonly<Record<string, unknown>>)[step]];
}

function isRefused(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null || !('errors' in payload)) return false;
  return Array.isArray(payload.errors) && payload.errors.length > 0;
}
